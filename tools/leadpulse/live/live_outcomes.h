// The outcomes of commands for the query service of a live run.
#pragma once

#include <string>
#include <utility>

#include "processor/kafka/command_outcomes.h"
#include "processor/query/outcomes/record_outcomes.h"

namespace leadpulse::tools {

class LiveOutcomes : public query::RecordOutcomes {
 public:
  // `outcomes` outlives this.
  LiveOutcomes(std::string commands_topic, const kafka::CommandOutcomes* outcomes)
      : topic_(std::move(commands_topic)), outcomes_(*outcomes) {}

  bool needs_snapshot() const override { return false; }
  // `at`: an offset in the topic of commands.
  Result<query::RecordOutcome> Find(const state::LeadReader& snapshot, const codec::SourcePosition& at) override;

 private:
  const std::string topic_;
  const kafka::CommandOutcomes& outcomes_;
};

}  // namespace leadpulse::tools
