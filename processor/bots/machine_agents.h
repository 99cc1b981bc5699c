// Which user agents are programs: link scanners, security gateways, bots that say so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::bots {

// Whether known programs count in addition to the operator's list.
enum class KnownAgents { kToo, kNot };

// Immutable and thread-safe.
class MachineAgents {
 public:
  // Programs that name themselves. Not proxies that fetch when a person opens a mail (Gmail's, Yahoo's).
  MachineAgents();
  // A user agent that contains one of the texts, without case, is a program. A text after `=` must be the whole user
  // agent.
  explicit MachineAgents(const std::vector<std::string>& texts);

  // Reads an operator's file with one text a line. Blank lines and lines that begin with `#` are ignored.
  // Rejected: a text is so short that people's user agents contain it (with its line), or the file is over 1 MiB or not
  // UTF-8.
  static Result<MachineAgents> Read(std::string_view file, KnownAgents known);

  // Looks at the first 8 KiB of a user agent.
  bool Holds(std::string_view user_agent) const;

 private:
  std::vector<std::string> folded_;        // parts of user agents
  std::vector<std::string> whole_folded_;  // whole ones
};

}  // namespace leadpulse::bots
