// Shows the leads that an `erase` would erase, and asks whether to.
#pragma once

#include <string>

#include "schemas/codec/records.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

struct EraseQuestion {
  std::string state;    // the directory of the state to look in; empty: that of the live run in `target`, if it is one
  RecordTarget target;  // destination of the command
  bool yes = false;     // neither shows nor asks
};

// Asks. kDone: write the command. Otherwise the exit code, after the reason was printed: kUsage if there is no terminal
// to ask, kFailed if the answer is no, a run would reject the command, or `state` cannot be read. Prints to standard
// error only.
ExitCode AskToErase(const codec::Command& erase, const EraseQuestion& question);

}  // namespace leadpulse::tools
