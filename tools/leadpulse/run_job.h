// A run on files, as a command line describes it: for `run`, and for what makes or fills a state in the same way.
#pragma once

#include <atomic>
#include <memory>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/run.h"
#include "tools/leadpulse/run_options.h"

namespace leadpulse::tools {

// Opens, runs, and says how it ended; stops on signals, and gives an ExitCode. `transform` may be null.
Result<int> RunOnFiles(const RunCommandLine& line, const input::RecordTransform* transform);

// ---- its parts, for who says by themselves how it ended ----

// The line must be sound (FindRunUsageProblem). Null: as RunOptions::definitions.
files::RunOptions MakeRunOptions(const RunCommandLine& line, std::shared_ptr<const config::Definitions> definitions);

// Checks inputs and outputs, opens the state of the line or makes it, and runs. The state is closed when it returns.
// Errors as of files::RunOnFiles; retriable where another process has the state.
Result<files::RunSummary> RunToEnd(const RunCommandLine& line, const files::RunOptions& options,
                                   const std::atomic<bool>& stop_wanted);

}  // namespace leadpulse::tools
