#include "tools/leadpulse/live/live_outcomes.h"

namespace leadpulse::tools {

Result<query::RecordOutcome> LiveOutcomes::Find(const state::LeadReader& /*snapshot*/,
                                                const codec::SourcePosition& at) {
  if (at.topic != topic_) return Status::Rejected("the run reads commands from " + topic_ + ", not from " + at.topic);
  if (at.partition < 0) return Status::Rejected("there is no partition " + std::to_string(at.partition));
  const kafka::ReadCommand found = outcomes_.Find(PartitionId{static_cast<uint32_t>(at.partition)}, at.offset);
  query::RecordOutcome outcome;
  switch (found.progress) {
    case kafka::CommandProgress::kElsewhere:
      outcome.is_elsewhere = true;
      return outcome;
    case kafka::CommandProgress::kNotRead:
      return outcome;
    case kafka::CommandProgress::kRead:
      outcome.is_read = true;
      if (found.refused) outcome.refusal = query::RecordRefusal{found.refused->reason, found.refused->detail};
      return outcome;
    case kafka::CommandProgress::kUnknown:
      break;
  }
  return Status::Rejected(
      "the command was read, and whether it was refused is no longer known; send it again with its id");
}

}  // namespace leadpulse::tools
