// Finds the outcome of a command that was written to the input of a run, while the run goes on. file_outcome.h is for a
// run on files, topic_outcome.h for a live run.
#pragma once

#include <optional>
#include <string>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

struct CommandOutcome {
  bool applied = false;
  std::string refusal;  // if it was not: the reason code and the sentence of the dead letter
};

// Watches one command. Make it before the command is written, because it skips earlier dead letters. Owned and called
// by one thread.
class OutcomeWatch {
 public:
  virtual ~OutcomeWatch() = default;

  // `at`: the command's position in its file or topic. nullopt: the run has not read it yet. Errors: state or dead
  // letters cannot be read, perhaps not yet.
  virtual Result<std::optional<CommandOutcome>> Look(const codec::Command& command,
                                                     const codec::SourcePosition& at) = 0;
  // The advice if the outcome is unknown after the time limit: a clause.
  virtual std::string Advice() const = 0;
};

}  // namespace leadpulse::tools
