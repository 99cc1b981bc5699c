#include "tests/kafka/deduced_input.h"

#include <algorithm>

namespace leadpulse::testing {
namespace {

using kafka::InputOffsets;
using kafka::InputTopic;

constexpr const char* kInputNames[] = {"engagement.events", "lead.commands"};

Instant InstantOf(const google::protobuf::Timestamp& time) {
  return {time.seconds() * 1000 + time.nanos() / 1'000'000};
}

int64_t NextOf(const v1::PartitionPosition& position, Topic topic) {
  return topic == Topic::kEvents ? position.next_event() : position.next_command();
}

model::LeadKey KeyOf(const std::string& bytes) {
  const size_t separator = std::min(bytes.find('\0'), bytes.size());
  return {bytes.substr(0, separator), bytes.substr(std::min(separator + 1, bytes.size()))};
}

std::string Spell(const v1::Change& change) {
  return "change " + std::to_string(change.seq()) + " of " + change.tenant_id() + " / " + change.lead_id() + " at " +
         FormatRfc3339(InstantOf(change.at())) + ", whose record has the offset " +
         std::to_string(change.source().offset());
}

}  // namespace

DeducedInput::DeducedInput(const LiveTopics& topics, const Published& published, PartitionId partition,
                           const model::Definitions& definitions, Instant end)
    : topics_(topics), partition_(partition) {
  static const std::vector<PublishedEpoch> kNone;
  const auto epochs = published.epochs.find(partition);
  epochs_ = epochs == published.epochs.end() ? &kNone : &epochs->second;
  ListenTo(published);
  std::vector<LeadStep> steps;  // of each topic, in the order of their offsets
  for (const auto& [place, record] : topics.records) {
    if (place.first.partition == partition) steps.push_back(StepOf(place.first, place.second, record));
  }
  // A topic's records are applied in their order, at a clock that does not go back.
  for (size_t i = steps.size(); i > 1; --i) {
    const LeadStep& next = steps[i - 1];
    if (steps[i - 2].log != next.log) continue;
    steps[i - 2].latest = std::min(steps[i - 2].latest, next.said.value_or(next.latest));
  }
  std::map<std::string, LeadStory> stories;
  for (const LeadStep& step : steps) {
    stories[step.record->key].topics[static_cast<size_t>(step.log.topic)].push_back(step);
  }
  for (auto& [key, story] : stories) {
    story.definitions = &definitions;
    story.key = KeyOf(key);
    story.end = end;
    const auto changes = published.outcome.changes.find(story.key);
    if (changes != published.outcome.changes.end()) story.changes = changes->second;
    for (const AppliedRecord& applied : OrderOf(story)) applied_.push_back(applied);
  }
}

void DeducedInput::ListenTo(const Published& published) {
  for (const PublishedChange& one : published.changes) {
    if (!one.change.has_source()) continue;
    const Instant sent = topics_.written.at({one.log, one.offset});
    auto [found, is_new] =
        said_.try_emplace({SourceOf(one.change), one.change.source().offset()}, Said{&one.change, sent});
    Said& said = found->second;
    if (is_new) continue;
    if (one.change.seq() < said.first->seq()) said.first = &one.change;
    said.sent = std::min(said.sent, sent);
  }
  for (const auto& [place, offset, reason] : published.outcome.dead_letters) letters_[{place, offset}] = reason;
}

LeadStep DeducedInput::StepOf(const LogId& log, int64_t offset, const LiveRecord& record) {
  LeadStep step{log, offset, &record};
  FindEpoch(&step);
  step.earliest = std::max(step.earliest, topics_.written.at({log, offset}));
  const auto said = said_.find({log, offset});
  if (said != said_.end()) {
    step.said = InstantOf(said->second.first->at());
    step.first_seq = static_cast<int64_t>(said->second.first->seq());
    step.latest = std::min(step.latest, said->second.sent);
    CheckClock(step);
  }
  const auto letter = letters_.find(
      {std::string(kInputNames[static_cast<size_t>(log.topic)]) + "/" + std::to_string(partition_.value), offset});
  if (letter != letters_.end()) step.letter = letter->second;
  return step;
}

void DeducedInput::FindEpoch(LeadStep* step) {
  const auto found = std::find_if(epochs_->begin(), epochs_->end(), [&](const PublishedEpoch& epoch) {
    return NextOf(epoch.position, step->log.topic) > step->offset;
  });
  step->epoch = static_cast<size_t>(found - epochs_->begin());
  step->earliest = found == epochs_->begin() ? Instant::DistantPast() : Instant{std::prev(found)->position.clock_ms()};
  if (found == epochs_->end()) {
    problem_ += "partition " + std::to_string(partition_.value) + ": nobody read offset " +
                std::to_string(step->offset) + " of " + kInputNames[static_cast<size_t>(step->log.topic)] + "\n";
    step->latest = step->earliest;
    return;
  }
  step->latest = Instant{found->position.clock_ms()};
}

// Checks that records of a topic were applied at a clock that never goes back.
void DeducedInput::CheckClock(const LeadStep& step) {
  const v1::Change* change = said_.at({step.log, step.offset}).first;
  const v1::Change*& before = latest_[step.log];
  if (before != nullptr && InstantOf(change->at()) < InstantOf(before->at())) {
    problem_ += "partition " + std::to_string(partition_.value) + ", " +
                kInputNames[static_cast<size_t>(step.log.topic)] + ": the clock went back: " + Spell(*before) +
                ", but " + Spell(*change) + "\n";
    return;
  }
  before = change;
}

std::string DeducedInput::ReadEpoch(size_t, const InputOffsets& from, const v1::PartitionPosition& position,
                                    std::vector<AppliedRecord>* records) {
  const InputOffsets end{{position.next_event(), position.next_command()}};
  for (const AppliedRecord& applied : applied_) {
    const auto topic = static_cast<InputTopic>(applied.log.topic);
    if (applied.offset >= from[topic] && applied.offset < end[topic]) records->push_back(applied);
  }
  std::stable_sort(records->begin(), records->end(), [](const auto& a, const auto& b) { return a.clock < b.clock; });
  return "";
}

}  // namespace leadpulse::testing
