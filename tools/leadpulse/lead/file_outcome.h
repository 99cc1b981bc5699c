// Finds the outcome of a command in a file that a run follows, from the run's state and dead letters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/leadpulse/lead/command_outcome.h"

namespace leadpulse::tools {

class FileOutcomeWatch : public OutcomeWatch {
 public:
  // For the run that has `state`, writes to `output`, and follows `input`. It may start later.
  FileOutcomeWatch(std::string state, std::string output, std::string input);

  // nullopt also if the run has dropped it as a record from before an erasure.
  Result<std::optional<CommandOutcome>> Look(const codec::Command& command, const codec::SourcePosition& at) override;
  std::string Advice() const override { return "is a run following " + input_ + "?"; }

 private:
  const std::string state_;
  const std::string output_;
  const std::string input_;
  uint64_t next_dead_letter_ = 0;  // byte of dead-letters.jsonl
};

}  // namespace leadpulse::tools
