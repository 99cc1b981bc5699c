#include "tests/kafka/partition_replay.h"

#include <algorithm>

#include "tests/support/model/check.h"

namespace leadpulse::testing {
namespace {

using kafka::InputOffsets;

// A wall clock at which no record is from the future.
constexpr model::Millis kNoLimit = Instant::Never().millis / 2;

class Replay {
 public:
  Replay(PartitionInput* input, const std::vector<DefinitionsVersion>& versions) : input_(input), versions_(versions) {}

  std::string Run(const std::vector<PublishedEpoch>& epochs, Instant end, workload::Outcome* expected) {
    for (size_t i = 0; i < epochs.size(); ++i) {
      std::string problem = RunEpoch(epochs[i], i);
      if (!problem.empty()) return "epoch " + std::to_string(i + 1) + ": " + problem;
    }
    if (model_) AddExpected(end, expected);
    return model_ ? model_->defect() : "";
  }

 private:
  std::string RunEpoch(const PublishedEpoch& epoch, size_t number) {
    const v1::PartitionPosition& position = epoch.position;
    if (position.epoch() != number + 1) return "its position has the number " + std::to_string(position.epoch());
    std::vector<AppliedRecord> records;
    std::string problem = input_->ReadEpoch(number, next_, position, &records);
    if (!problem.empty()) return problem;
    if (epoch.definitions && epoch.definitions->number() != definitions_number_) {
      problem = RollOut(*epoch.definitions);
      if (!problem.empty()) return problem;
    }
    if (!model_) return "no definitions";
    for (const AppliedRecord& record : records) {
      problem = ReadRecord(record);
      if (!problem.empty()) return problem;
    }
    if (position.clock_ms() < clock_.millis) return "its clock is behind the last record's";
    clock_ = Instant{position.clock_ms()};
    next_ = InputOffsets{{position.next_event(), position.next_command(), position.next_message()}};
    return "";
  }

  std::string RollOut(const v1::AdoptedDefinitions& rolled_out) {
    const auto found = std::find_if(versions_.begin(), versions_.end(),
                                    [&](const auto& version) { return version.loaded->text == rolled_out.text(); });
    if (found == versions_.end()) return "unknown definitions were adopted";
    if (rolled_out.number() != definitions_number_ + 1) return "definitions were passed over";
    if (rolled_out.has_origin() && rolled_out.origin().offset() < definitions_offset_)
      return "older definitions came back";
    definitions_offset_ = rolled_out.origin().offset();
    definitions_number_ = rolled_out.number();
    definitions_ = &found->definitions;
    if (!model_) {
      model_.emplace(found->definitions, 0);
      return "";
    }
    const Instant at{rolled_out.adopted_at_ms()};
    if (at < clock_) return "definitions were adopted before the epoch began";
    clock_ = at;
    model_->AdvanceTo(clock_.millis);
    model_->Redefine(found->definitions, found->loaded->version);
    return "";
  }

  std::string ReadRecord(const AppliedRecord& applied) {
    clock_ = std::max(clock_, applied.clock);
    // Leads share nothing here, so a message only adds facts for a time when they do.
    if (applied.log.topic == Topic::kExchange) return "";
    const LiveRecord& live = *applied.record;
    // A record is judged by the wall clock where it was read first.
    const model::Millis wall = applied.came_over ? kNoLimit : applied.wall.millis;
    const std::optional<std::string> refusal = model::Refusal(live.record, *definitions_, wall);
    if (applied.is_handed_on) {
      // The definitions of its own partition decide about values.
      if (refusal && refusal != "invalid_value") return "a record was handed on that is " + *refusal;
      return "";
    }
    if (live.is_misplaced && !applied.came_over && !refusal) {
      AddLetter(applied.log, applied.offset, "wrong_partition");
      return "";
    }
    model_->ReadAt(live.record, wall, clock_.millis);
    read_.emplace_back(applied.log, applied.offset);
    return "";
  }

  void AddLetter(const LogId& log, int64_t offset, const std::string& reason) {
    const char* topic = log.topic == Topic::kEvents ? "engagement.events" : "lead.commands";
    letters_.emplace(std::string(topic) + "/" + std::to_string(log.partition.value), offset, reason);
  }

  void AddExpected(Instant end, workload::Outcome* expected) {
    model_->Finish(end.millis);
    for (const model::DeadLetter& letter : model_->dead_letters()) {
      const auto& [log, offset] = read_.at(letter.record);
      AddLetter(log, offset, letter.reason);
    }
    expected->dead_letters.insert(letters_.begin(), letters_.end());
    expected->changes.insert(model_->changes().begin(), model_->changes().end());
    for (const auto& [counted, events] : model_->events_taken()) {
      expected->events_taken[{counted.first, model::TypeName(counted.second)}] += events;
    }
    for (const auto& [key, line] : model_->Leads()) expected->leads[key] = SharedPartOf(line);
  }

  PartitionInput* const input_;
  const std::vector<DefinitionsVersion>& versions_;
  std::optional<model::Model> model_;
  const model::Definitions* definitions_ = nullptr;
  uint32_t definitions_number_ = 0;
  int64_t definitions_offset_ = 0;  // in their topic
  InputOffsets next_;
  Instant clock_ = Instant::DistantPast();
  std::vector<std::pair<LogId, int64_t>> read_;  // by the model
  std::multiset<workload::DeadLetterLine> letters_;
};

}  // namespace

std::string ReplayPartition(PartitionInput* input, const std::vector<DefinitionsVersion>& versions,
                            PartitionId partition, const std::vector<PublishedEpoch>& epochs, Instant end,
                            workload::Outcome* expected) {
  const std::string problem = Replay(input, versions).Run(epochs, end, expected);
  return problem.empty() ? "" : "partition " + std::to_string(partition.value) + ", " + problem + "\n";
}

}  // namespace leadpulse::testing
