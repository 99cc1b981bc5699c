// User agents that are programs: link scanners, security gateways, bots that say so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::bots {

// Whether known programs count in addition to the operator's list.
enum class KnownAgents { kToo, kNot };

// A list of programs. Immutable and thread-safe.
class MachineAgents {
 public:
  // Creates a list of programs that name themselves, without proxies that fetch when a person opens a mail (Gmail's,
  // Yahoo's).
  MachineAgents();
  // Creates a list from strings. A user agent that contains one of them, in any case, is a program. A string after `=`
  // must be the whole user agent.
  explicit MachineAgents(const std::vector<std::string>& texts);

  // Reads an operator's file with one string a line. Blank lines and lines that begin with `#` are ignored.
  // Rejected: a string (named with its line) is so short that people's user agents contain it, or the file is over 1
  // MiB or not UTF-8.
  static Result<MachineAgents> Read(std::string_view file, KnownAgents known);

  // Whether the user agent is a program, by its first 8 KiB.
  bool Holds(std::string_view user_agent) const;

 private:
  std::vector<std::string> folded_;        // parts of user agents
  std::vector<std::string> whole_folded_;  // whole ones
};

}  // namespace leadpulse::bots
