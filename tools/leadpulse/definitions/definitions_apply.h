// leadpulse definitions apply: publishes definitions to the topic of a live deployment.
#pragma once

#include <string>

namespace leadpulse::tools {

struct ApplyOptions {
  std::string file;
  std::string config;
  bool yes = false;  // nobody is asked
};

// Checks the file, shows what it would change where the settings' state is at hand, asks, publishes, and waits until
// the cluster has it. An ExitCode.
int ApplyDefinitions(const ApplyOptions& options);

}  // namespace leadpulse::tools
