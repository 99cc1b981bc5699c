// What became of a command that was written to the input of a run: asked while the run goes on. file_outcome.h asks a
// run on files, topic_outcome.h a live run.
#pragma once

#include <optional>
#include <string>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

struct CommandOutcome {
  bool applied = false;
  std::string refusal;  // the reason code and the sentence of the dead letter, where it was not
};

// Of one command. Make it before the command is written: dead letters of before are not looked at. Owned and called by
// one thread.
class OutcomeWatch {
 public:
  virtual ~OutcomeWatch() = default;

  // `at`: where the command stands in its file or topic. Nothing: the run has not come to it. Errors: what says so
  // cannot be read, perhaps not yet.
  virtual Result<std::optional<CommandOutcome>> Look(const codec::Command& command,
                                                     const codec::SourcePosition& at) = 0;
  // What to do where the time is over and nothing is known, a clause.
  virtual std::string Advice() const = 0;
};

}  // namespace leadpulse::tools
