// Runs on files as a command line says: for `run`, and for commands that fill a state in the same way.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "config/settings.h"
#include "processor/base/status.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/run.h"
#include "tools/leadpulse/operators.h"

namespace leadpulse::tools {

// The command line of `leadpulse run`.
struct RunCommandLine {
  files::RunOptions options;  // only the options that need no parsing; MakeRunOptions adds the others
  std::string config;         // not empty: run on Kafka; no other option is set
  bool help_config = false;
  std::string definitions;
  std::string state;
  std::string until;
  std::optional<uint32_t> partitions;
  uint32_t workers = 0;  // 0: one a processor
  std::string max_future_skew = "10m";
  uint32_t memory_mib = 1536;
  std::string dead_letter_payload = "full";
  bool quiet = false;
  std::string format = "text";
  std::string log_level = "warning";
  std::string log_format = "text";
  std::optional<uint32_t> epoch_seconds;
  bool accept_clock = false;
  bool keep_changes = false;
  config::HttpSettings operators = NoOperators();  // only with options.follow
};

// Opens the state, runs, and prints the result; stops on signals. Returns an ExitCode. `transform` may be null.
Result<int> RunOnFiles(const RunCommandLine& line, const input::RecordTransform* transform);

// ---- the parts, for commands that print their own result ----

// Makes the options of a run. Null definitions: as for RunOptions::definitions.
files::RunOptions MakeRunOptions(const RunCommandLine& line, std::shared_ptr<const config::Definitions> definitions);

// Checks inputs and outputs, opens or creates the state, and runs. Closes the state before it returns. Fails as
// files::RunOnFiles does, and with a retriable error if another process has the state open. RunEnvironment explains
// `process_ends`.
Result<files::RunSummary> RunToEnd(const RunCommandLine& line, const files::RunOptions& options,
                                   const std::atomic<bool>& stop_wanted, bool process_ends);

}  // namespace leadpulse::tools
