// The runs that `leadpulse serve` asks, and `leadpulse doctor` checks: the options --run and --run-….
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/serve/runs/run_port.h"

namespace leadpulse::tools {

struct RunAddressOptions {
  std::vector<std::string> runs;  // `unix:PATH` or `https://HOST:PORT`
  std::string token_file;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

void AddRunOptions(CLI::App* command, RunAddressOptions* options);

// Returns the addresses; without --run, that of the run with this state. Rejected: an invalid address, a file that
// cannot be read or that others may read, or a token that would go over a network in the clear.
Result<std::vector<serve::RunAddress>> RunAddressesOf(const RunAddressOptions& options, const std::string& state);

}  // namespace leadpulse::tools
