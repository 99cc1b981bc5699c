// Which user agents are programs: link scanners, security gateways, bots that say so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::webhooks {

// Whether those that name themselves count beside an operator's own.
enum class KnownAgents { kToo, kNot };

// Does not change: safe from any number of threads.
class MachineAgents {
 public:
  // Those that name themselves. Proxies that fetch when a person opens (Gmail's, Yahoo's) are not among them.
  MachineAgents();
  // A user agent that contains one of the texts, without case, is a program; of a text behind `=`, one that is just
  // that.
  explicit MachineAgents(const std::vector<std::string>& texts);

  // What an operator lists in a file, a text a line; blank lines and those that begin with `#` say nothing.
  // Rejected: a text so short that people's user agents hold it, and in which line; or the file is over 1 MiB or no
  // UTF-8.
  static Result<MachineAgents> Read(std::string_view file, KnownAgents known);

  // Of a user agent the first 8 KiB count.
  bool Holds(std::string_view user_agent) const;

 private:
  std::vector<std::string> folded_;        // parts of user agents
  std::vector<std::string> whole_folded_;  // whole ones
};

}  // namespace leadpulse::webhooks
