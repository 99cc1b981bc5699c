// Finds the outcome of a command that was written to the input of a run, while it runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_group_lag.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

struct CommandOutcome {
  bool applied = false;
  std::string refusal;  // if not applied: the reason code and the sentence of the dead letter
};

// A watch for one command's outcome. Create it before the command is written, because it skips earlier dead letters.
// Owned and called by one thread.
class OutcomeWatch {
 public:
  virtual ~OutcomeWatch() = default;

  // Returns the command's outcome. `at`: its position in its file or topic. nullopt: the run has not read it yet. A
  // command that the run has dropped, as a record from before an erasure, is nullopt in files, and counts as applied in
  // topics. Errors: state or dead letters cannot be read, perhaps not yet.
  virtual Result<std::optional<CommandOutcome>> Look(const codec::Command& command,
                                                     const codec::SourcePosition& at) = 0;
  // Returns the advice if the outcome is unknown after the timeout: a clause.
  virtual std::string Advice() const = 0;
};

// Watches the run on files that has `state`, writes to `output`, and follows `input`. It may start later.
std::unique_ptr<OutcomeWatch> WatchFile(std::string state, std::string output, std::string input);

// Watches a live run, by the offsets that its group has committed and by its dead letters, which have this format. Asks
// for the end of the dead letters. Errors: their topic does not answer or cannot be read.
Result<std::unique_ptr<OutcomeWatch>> WatchTopic(std::unique_ptr<kafka::GroupLag> group, kafka::DeadLetterTopic letters,
                                                 config::RecordFormat format);

}  // namespace leadpulse::tools
