#include "tests/kafka/simulated_input.h"

#include <algorithm>
#include <tuple>

namespace leadpulse::testing {
namespace {

using kafka::InputOffsets;
using kafka::InputTopic;

using kafka::kInputTopics;

std::string Spell(const InputOffsets& offsets) {
  return std::to_string(offsets[InputTopic::kEvents]) + "/" + std::to_string(offsets[InputTopic::kCommands]) + "/" +
         std::to_string(offsets[InputTopic::kExchange]);
}

}  // namespace

std::string SimulatedInput::ReadEpoch(size_t number, const InputOffsets& from, const v1::PartitionPosition& position,
                                      std::vector<AppliedRecord>* records) {
  const SimulationTrace::Commit& commit = simulation_->trace().commits(partition_).at(number);
  const InputOffsets next{{position.next_event(), position.next_command(), position.next_message()}};
  if (!(next == commit.next)) return "position " + Spell(next) + ", offsets " + Spell(commit.next);
  return ReadRecords(*commit.call, from, next, records);
}

// Returns the records since the partition was last fetched from an offset, in order.
std::string SimulatedInput::ReadRecords(const SimulationTrace::Call& call, const InputOffsets& from,
                                        const InputOffsets& end, std::vector<AppliedRecord>* records) const {
  const auto fetch = call.fetches.find(partition_);
  const bool has_fetched = fetch != call.fetches.end();
  InputOffsets reached = from;
  for (size_t i = has_fetched ? fetch->second.deliveries : call.deliveries; i < call.deliveries; ++i) {
    const SimulationTrace::Delivery& delivery = call.client->deliveries[i];
    if (delivery.log.partition != partition_) continue;
    const auto topic = InputTopicOf(delivery.log.topic);
    if (delivery.offset < from[topic] || delivery.offset >= end[topic]) continue;
    if (PassesOver(delivery.log, reached[topic], delivery.offset)) return "a record was passed over";
    reached[topic] = delivery.offset + 1;
    records->push_back(Applied(i, fetch->second, call));
  }
  for (const InputTopic topic : kInputTopics) {
    if (PassesOver({TopicOf(topic), partition_}, reached[topic], end[topic])) return "a record was passed over";
  }
  return "";
}

bool SimulatedInput::PassesOver(const LogId& log, int64_t from, int64_t to) const {
  for (int64_t offset = from; offset < to; ++offset) {
    if (simulation_->RecordAt(log, offset) != nullptr || handed_on_.Find({log, offset}) != nullptr) return true;
  }
  return false;
}

// Applies it in the round that delivered it; if epochs ended before its turn, in the round after the last of these.
AppliedRecord SimulatedInput::Applied(size_t delivery, const SimulationTrace::Fetch& fetch,
                                      const SimulationTrace::Call& call) const {
  const SimulationTrace::Client& client = *call.client;
  const auto& [log, offset, brought_in] = client.deliveries[delivery];
  size_t applied_in = brought_in;
  for (size_t epoch = call.epoch; epoch > 0 && client.epochs[epoch - 1].deliveries > delivery; --epoch) {
    applied_in = std::max(applied_in, client.epochs[epoch - 1].round + 1);
  }
  AppliedRecord applied{log, offset, simulation_->RecordAt(log, offset), client.rounds[applied_in]};
  applied.is_handed_on = handed_on_.Contains({log, offset});
  if (const RecordPlace* origin = handed_on_.Find({log, offset})) {
    std::tie(applied.log, applied.offset) = *origin;
    applied.record = simulation_->RecordAt(applied.log, applied.offset);
    applied.came_over = true;
  }
  for (size_t round = fetch.round + 1; round <= applied_in; ++round) {
    applied.clock = std::max(applied.clock, client.rounds[round]);
  }
  return applied;
}

}  // namespace leadpulse::testing
