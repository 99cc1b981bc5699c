// What became of a command that was written to the topic of a live run, from the offsets that the run's group has
// committed and the dead letters.
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

// A live run commits the offset behind a command in the transaction that has its dead letter. So the command is known
// once the group has passed it: refused where a dead letter names it, else applied, or dropped as a record of an erased
// life.
class TopicOutcomeWatch : public OutcomeWatch {
 public:
  // Asks where the dead letters end. `dead_letters` reads their topic, which has these partitions and this format.
  // Errors: what is to be asked later cannot be asked.
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
  std::map<PartitionId, int64_t> until_;  // of the dead letters that are still to be read
  Status unreadable_;                     // one of them that is not in the topic's format
};

}  // namespace leadpulse::tools
