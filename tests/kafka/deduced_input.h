// A partition's records as they must have been applied, deduced from what stands in a real cluster's topics.
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
  // Under one set of definitions, until `end`.
  DeducedInput(const LiveTopics& topics, const Published& published, PartitionId partition,
               const model::Definitions& definitions, Instant end);

  std::string ReadEpoch(size_t number, const kafka::InputOffsets& from, const v1::PartitionPosition& position,
                        std::vector<AppliedRecord>* records) override;

  // Empty, or what cannot be whatever the order was: clocks that went back, records that nobody read.
  const std::string& problem() const { return problem_; }

 private:
  // Of the changes that name one record.
  struct Said {
    const v1::Change* first = nullptr;
    Instant sent;  // the first of them, by the clock of who sent it
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
  std::map<LogId, const v1::Change*> latest_;  // of the records that came before
  std::vector<AppliedRecord> applied_;         // lead by lead
  std::string problem_;
};

}  // namespace leadpulse::testing
