// Finds the outcome of a command that was written to the input of a run, while it runs.
#pragma once

#include <memory>
#include <string>

#include "config/settings.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_group_lag.h"
#include "processor/query/outcomes/record_outcomes.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

// Watches one command. Make it before the command is written, because it skips earlier dead letters. Owned and called
// by one thread.
class CommandWatch {
 public:
  virtual ~CommandWatch() = default;

  // Looks once. `at`: the command's position in its file or topic. A command that the run has dropped, as a record from
  // before an erasure, counts as not read in files, and as applied in topics. Errors: state or dead letters cannot be
  // read, perhaps not yet.
  virtual Result<query::RecordOutcome> Look(const codec::Command& command, const codec::SourcePosition& at) = 0;
  // Returns the advice if the outcome is unknown after the time limit: a clause.
  virtual std::string Advice() const = 0;
};

// Watches the run on files that has `state`, writes to `output`, and follows `input`. It may start later.
std::unique_ptr<CommandWatch> WatchFile(std::string state, std::string output, std::string input);

// Watches a live run, by the offsets that its group has committed and by its dead letters, which have this format. Asks
// for the end of the dead letters. Errors: their topic does not answer or cannot be read.
Result<std::unique_ptr<CommandWatch>> WatchTopic(std::unique_ptr<kafka::GroupLag> group, kafka::DeadLetterTopic letters,
                                                 config::RecordFormat format);

}  // namespace leadpulse::tools
