// Shows whom an `erase` would erase, and asks whether to.
#pragma once

#include <string>

#include "schemas/codec/records.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

struct EraseQuestion {
  std::string state;    // the directory of the state to look in; empty: that of the live run in `target`, if it is one
  RecordTarget target;  // where the command will go
  bool yes = false;     // neither show nor ask
};

// kDone: write the command. Otherwise the exit code, after the reason was printed: kUsage if nobody can be asked,
// kFailed if the answer is no, a run would refuse the command, or `state` cannot be read. All goes to standard error.
ExitCode AskToErase(const codec::Command& erase, const EraseQuestion& question);

}  // namespace leadpulse::tools
