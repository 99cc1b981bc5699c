// Runs on files as a command line says: for `run`, and for commands that fill a state in the same way.
#pragma once

#include <atomic>
#include <memory>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/run.h"
#include "tools/leadpulse/run_options.h"

namespace leadpulse::tools {

// Opens the state, runs, and prints the result; stops on signals. Returns an ExitCode. `transform` may be null.
Result<int> RunOnFiles(const RunCommandLine& line, const input::RecordTransform* transform);

// ---- the parts, for commands that print their own result ----

// The line must have passed FindRunUsageProblem. Null definitions: as for RunOptions::definitions.
files::RunOptions MakeRunOptions(const RunCommandLine& line, std::shared_ptr<const config::Definitions> definitions);

// Checks inputs and outputs, opens or creates the state, and runs. Closes the state before it returns. Fails as
// files::RunOnFiles does, and with a retriable error if another process has the state open. RunEnvironment explains
// `process_ends`.
Result<files::RunSummary> RunToEnd(const RunCommandLine& line, const files::RunOptions& options,
                                   const std::atomic<bool>& stop_wanted, bool process_ends);

}  // namespace leadpulse::tools
