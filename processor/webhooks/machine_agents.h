// Which user agents are programs: link scanners, security gateways, bots that say so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::webhooks {

class MachineAgents {
 public:
  // Those that name themselves. Proxies that fetch when a person opens (Gmail's, Yahoo's) are not among them.
  MachineAgents();
  // A user agent that contains one of the texts, without case, is a program.
  explicit MachineAgents(const std::vector<std::string>& texts);

  bool Holds(std::string_view user_agent) const;

 private:
  std::vector<std::string> folded_;
};

}  // namespace leadpulse::webhooks
