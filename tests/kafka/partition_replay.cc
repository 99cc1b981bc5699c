#include "tests/kafka/partition_replay.h"

#include <algorithm>
#include <limits>

#include "tests/support/model/check.h"

namespace leadpulse::testing {
namespace {

using kafka::InputOffsets;
using kafka::InputTopic;

constexpr InputTopic kInputTopics[] = {InputTopic::kEvents, InputTopic::kCommands};

std::string Spell(const InputOffsets& offsets) {
  return std::to_string(offsets[InputTopic::kEvents]) + "/" + std::to_string(offsets[InputTopic::kCommands]);
}

class Replay {
 public:
  Replay(Simulation* simulation, PartitionId partition) : simulation_(simulation), partition_(partition) {}

  std::string Run(const std::vector<PublishedEpoch>& epochs, workload::Outcome* expected) {
    const auto& commits = simulation_->trace().commits(partition_);
    if (commits.size() != epochs.size()) {
      return "offsets were committed " + std::to_string(commits.size()) + " times, positions " +
             std::to_string(epochs.size()) + " times";
    }
    for (size_t i = 0; i < epochs.size(); ++i) {
      std::string problem = RunEpoch(epochs[i], commits[i], i + 1);
      if (!problem.empty()) return "epoch " + std::to_string(i + 1) + ": " + problem;
    }
    if (model_) AddExpected(expected);
    return model_ ? model_->defect() : "";
  }

 private:
  std::string RunEpoch(const PublishedEpoch& epoch, const SimulationTrace::Commit& commit, size_t number) {
    const v1::PartitionPosition& position = epoch.position;
    const InputOffsets next{{position.next_event(), position.next_command()}};
    if (position.epoch() != number) return "its position has the number " + std::to_string(position.epoch());
    if (!(next == commit.next)) return "position " + Spell(next) + ", offsets " + Spell(commit.next);
    if (epoch.definitions && epoch.definitions->number() != definitions_number_) {
      std::string problem = Adopt(*epoch.definitions);
      if (!problem.empty()) return problem;
    }
    if (!model_) return "no definitions";
    std::string problem = ReadRecords(*commit.call, next);
    if (!problem.empty()) return problem;
    if (position.clock_ms() < clock_.millis) return "its clock is behind the last record's";
    clock_ = Instant{position.clock_ms()};
    next_ = next;
    return "";
  }

  std::string Adopt(const v1::AdoptedDefinitions& adopted) {
    const auto& versions = simulation_->workload().versions;
    const auto found = std::find_if(versions.begin(), versions.end(),
                                    [&](const auto& version) { return version.loaded->text == adopted.text(); });
    if (found == versions.end()) return "unknown definitions were adopted";
    if (adopted.number() != definitions_number_ + 1) return "definitions were passed over";
    definitions_number_ = adopted.number();
    definitions_ = &found->definitions;
    if (!model_) {
      model_.emplace(found->definitions, 0);
      return "";
    }
    const Instant at{adopted.adopted_at_ms()};
    if (at < clock_) return "definitions were adopted before the epoch began";
    clock_ = at;
    model_->AdvanceTo(clock_.millis);
    model_->Redefine(found->definitions, found->loaded->version);
    return "";
  }

  // Those that came since the partition was last fetched from some place on, in that order.
  std::string ReadRecords(const SimulationTrace::Call& call, const InputOffsets& end) {
    const auto fetch = call.fetches.find(partition_);
    const bool has_fetched = fetch != call.fetches.end();
    InputOffsets reached = next_;
    for (size_t i = has_fetched ? fetch->second.deliveries : call.deliveries; i < call.deliveries; ++i) {
      const SimulationTrace::Delivery& delivery = call.client->deliveries[i];
      if (delivery.log.partition != partition_) continue;
      const auto topic = static_cast<InputTopic>(delivery.log.topic);
      if (delivery.offset < next_[topic] || delivery.offset >= end[topic]) continue;
      if (PassesOver(delivery.log, reached[topic], delivery.offset)) return "a record was passed over";
      reached[topic] = delivery.offset + 1;
      ReadRecord(delivery, fetch->second, *call.client);
    }
    for (const InputTopic topic : kInputTopics) {
      if (PassesOver({TopicOf(topic), partition_}, reached[topic], end[topic])) return "a record was passed over";
    }
    return "";
  }

  bool PassesOver(const LogId& log, int64_t from, int64_t to) const {
    for (int64_t offset = from; offset < to; ++offset) {
      if (simulation_->RecordAt(log, offset) != nullptr) return true;
    }
    return false;
  }

  void ReadRecord(const SimulationTrace::Delivery& delivery, const SimulationTrace::Fetch& fetch,
                  const SimulationTrace::Client& client) {
    const LiveRecord& live = *simulation_->RecordAt(delivery.log, delivery.offset);
    for (size_t round = fetch.round + 1; round <= delivery.round; ++round) {
      clock_ = std::max(clock_, client.rounds[round]);
    }
    const model::Millis wall = client.rounds[delivery.round].millis;
    if (live.is_misplaced && !model::Refusal(live.record, *definitions_, wall)) {
      AddLetter(delivery.log, delivery.offset, "wrong_partition");
      return;
    }
    model_->ReadAt(live.record, wall, clock_.millis);
    read_.push_back(delivery);
  }

  void AddLetter(const LogId& log, int64_t offset, const std::string& reason) {
    const char* topic = log.topic == Topic::kEvents ? "engagement.events" : "lead.commands";
    letters_.emplace(std::string(topic) + "/" + std::to_string(partition_.value), offset, reason);
  }

  void AddExpected(workload::Outcome* expected) {
    model_->Finish(simulation_->final_clock().millis);
    for (const model::DeadLetter& letter : model_->dead_letters()) {
      const SimulationTrace::Delivery& delivery = read_.at(letter.record);
      AddLetter(delivery.log, delivery.offset, letter.reason);
    }
    expected->dead_letters.insert(letters_.begin(), letters_.end());
    expected->changes.insert(model_->changes().begin(), model_->changes().end());
    for (const auto& [key, line] : model_->Leads()) expected->leads[key] = PublicPartOf(line);
  }

  Simulation* const simulation_;
  const PartitionId partition_;
  std::optional<model::Model> model_;
  const model::Definitions* definitions_ = nullptr;
  uint32_t definitions_number_ = 0;
  InputOffsets next_;
  Instant clock_ = Instant::DistantPast();
  std::vector<SimulationTrace::Delivery> read_;  // by the model
  std::multiset<workload::DeadLetterLine> letters_;
};

}  // namespace

std::string ReplayPartition(Simulation* simulation, PartitionId partition, const std::vector<PublishedEpoch>& epochs,
                            workload::Outcome* expected) {
  const std::string problem = Replay(simulation, partition).Run(epochs, expected);
  return problem.empty() ? "" : "partition " + std::to_string(partition.value) + ", " + problem + "\n";
}

}  // namespace leadpulse::testing
