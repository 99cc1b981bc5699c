// What became of a command that was written to the input of a run on files: asked of the run's state and outputs while
// it goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

struct CommandOutcome {
  bool applied = false;
  std::string refusal;  // the reason code and the sentence of the dead letter, where it was not
};

// Owned and called by one thread.
class OutcomeWatch {
 public:
  // Of the run that keeps `state` and writes to `output`, which may only begin. Make it before the command is written:
  // dead letters of before are not looked at.
  OutcomeWatch(std::string state, std::string output);

  // `file` and `offset`: where the command's line begins. Nothing: the run has not come to it, or has dropped it as a
  // record of an erased life. Errors: state or dead letters cannot be read, perhaps not yet.
  Result<std::optional<CommandOutcome>> Look(const codec::Command& command, const std::string& file, uint64_t offset);

 private:
  const std::string state_;
  const std::string output_;
  uint64_t next_dead_letter_ = 0;  // byte of dead-letters.jsonl
};

}  // namespace leadpulse::tools
