// Says which leads an `erase` erases, and asks whether to.
#pragma once

#include <string>

#include "schemas/codec/records.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

struct EraseQuestion {
  std::string state;    // the directory of the state to look in; empty: that of the live run in `target`, if it is one
  RecordTarget target;  // destination of the command
  bool yes = false;     // does not ask
};

// Shows whom the command erases, and asks. If the state lacks its lead, but has one of that address in another
// spelling, the command becomes one about that lead. kDone: write the command. Otherwise the exit code, after the
// reason was printed: kUsage if there is no terminal to ask, kFailed if the answer is no, a run would reject the
// command, or `state` cannot be read. Prints to standard error only.
ExitCode AskToErase(const EraseQuestion& question, codec::Command* erase);

}  // namespace leadpulse::tools
