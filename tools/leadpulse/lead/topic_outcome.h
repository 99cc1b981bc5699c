// Finds the outcome of a command in the topic of a live run, from the offsets that the run's group has committed and
// the dead letters.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "processor/kafka/client/rdkafka_group_lag.h"
#include "processor/kafka/ports.h"
#include "tools/leadpulse/lead/command_outcome.h"

namespace leadpulse::tools {

// A live run commits the offset after a command in the transaction that has its dead letter. So the outcome is known
// once the group has passed the command: refused if a dead letter names it; else applied, or dropped as a record from
// before an erasure.
class TopicOutcomeWatch : public OutcomeWatch {
 public:
  // Asks for the end of the dead letters. `dead_letters` reads their topic, which has these partitions and this format.
  // Errors: the topic does not answer or cannot be read.
  static Result<std::unique_ptr<OutcomeWatch>> Make(std::unique_ptr<kafka::GroupLag> group,
                                                    std::unique_ptr<kafka::ChangelogReader> dead_letters,
                                                    std::vector<PartitionId> partitions, config::RecordFormat format);

  Result<std::optional<CommandOutcome>> Look(const codec::Command& command, const codec::SourcePosition& at) override;
  std::string Advice() const override;

 private:
  TopicOutcomeWatch(std::unique_ptr<kafka::GroupLag> group, std::unique_ptr<kafka::ChangelogReader> dead_letters,
                    std::vector<PartitionId> partitions, config::RecordFormat format);
  Status Begin();
  Status ReadToTheEnd();
  Result<std::optional<std::string>> RefusalOf(const codec::SourcePosition& at);

  const std::unique_ptr<kafka::GroupLag> group_;
  const std::unique_ptr<kafka::ChangelogReader> dead_letters_;
  const std::vector<PartitionId> partitions_;
  const config::RecordFormat format_;
  std::map<PartitionId, int64_t> from_;
  bool passed_ = false;                   // the group has read the command
  std::map<PartitionId, int64_t> until_;  // the ends up to which dead letters are still to be read
  Status unreadable_;                     // a dead letter was not in the topic's format
};

}  // namespace leadpulse::tools
