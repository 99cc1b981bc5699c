// A deduction from a real cluster's topics of the order in which a partition's records must have been applied.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/kafka/lead_order.h"
#include "tests/kafka/live_topics.h"
#include "tests/kafka/partition_replay.h"
#include "tests/kafka/published.h"

namespace leadpulse::testing {

class DeducedInput : public PartitionInput {
 public:
  // Uses one set of definitions, until `end`.
  DeducedInput(const LiveTopics& topics, const Published& published, PartitionId partition,
               const model::Definitions& definitions, Instant end);

  std::string ReadEpoch(size_t number, const kafka::InputOffsets& from, const v1::PartitionPosition& position,
                        std::vector<AppliedRecord>* records) override;

  // Returns an error that is impossible in any order (a clock that went back, a record that nobody read), or nothing.
  const std::string& problem() const { return problem_; }

 private:
  // The changes that name one record.
  struct Said {
    const v1::Change* first = nullptr;
    Instant sent;  // the first of them, by its sender's clock
  };

  void ListenTo(const Published& published);
  LeadStep StepOf(const LogId& log, int64_t offset, const LiveRecord& record);
  void FindEpoch(LeadStep* step);
  void CheckClock(const LeadStep& step);

  const LiveTopics& topics_;
  const PartitionId partition_;
  const std::vector<PublishedEpoch>* epochs_ = nullptr;
  std::map<LiveTopics::Place, Said> said_;
  std::map<std::pair<std::string, int64_t>, std::string> letters_;
  std::map<LogId, const v1::Change*> latest_;  // caused by the earlier records
  std::vector<AppliedRecord> applied_;         // lead by lead
  std::string problem_;
};

}  // namespace leadpulse::testing
