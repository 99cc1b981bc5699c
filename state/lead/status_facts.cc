#include "state/lead/status_facts.h"

#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "state/lead/journal.h"

namespace leadpulse::state {
namespace {

bool IsSignOfLife(EventType type) {
  return type == EventType::kDelivered || type == EventType::kOpen || type == EventType::kClick ||
         type == EventType::kReply || type == EventType::kResubscribe;
}

}  // namespace

std::string_view StatusFacts::Meet(EventType type, std::string_view sent) {
  if (sent.empty() || sent == kNoTopic) return sent;
  const std::string_view otherwise = type == EventType::kUnsubscribe ? std::string_view() : kNoTopic;
  std::string topic = FoldCase(sent);
  const auto place = std::ranges::lower_bound(topics, topic, {}, &TopicTimes::topic);
  if (place != topics.end() && place->topic == topic) return place->topic;
  if (topics.size() >= kMaxLeadTopics) return otherwise;
  return topics.insert(place, {std::move(topic), {}})->topic;
}

void StatusFacts::Include(EventType type, BounceKind bounce_kind, std::string_view topic, Instant at) {
  if (HasScope(type)) {
    if (topic.empty()) {
      everything.Include(type, at);
    } else if (topic != kNoTopic) {
      const auto met = std::ranges::lower_bound(topics, topic, {}, &TopicTimes::topic);
      LP_ASSERT(met != topics.end() && met->topic == topic);
      met->times.Include(type, at);
    }
  }
  if (type == EventType::kComplaint) complaint = std::max(complaint, at);
  if (IsHardBounce(type, bounce_kind)) hard_bounce = std::max(hard_bounce, at);
  if (IsSignOfLife(type)) sign_of_life = std::max(sign_of_life, at);
}

size_t StatusFacts::HeapBytes() const {
  size_t bytes = topics.capacity() * sizeof(TopicTimes);
  for (const TopicTimes& topic : topics) bytes += topic.topic.size();
  return bytes;
}

void Merge(const StatusFacts& facts, StatusFacts* into) {
  into->everything.Include(facts.everything);
  for (const TopicTimes& topic : facts.topics) {
    if (topic.times == ScopeTimes()) continue;
    const auto position = std::ranges::lower_bound(into->topics, topic.topic, {}, &TopicTimes::topic);
    if (position != into->topics.end() && position->topic == topic.topic) {
      position->times.Include(topic.times);
    } else if (into->topics.size() < kMaxMergedTopics) {
      into->topics.insert(position, topic);
    } else if (topic.times.opted_out()) {
      into->everything.Include(EventType::kUnsubscribe, topic.times.out);
    }
  }
  into->complaint = std::max(into->complaint, facts.complaint);
  into->hard_bounce = std::max(into->hard_bounce, facts.hard_bounce);
  into->sign_of_life = std::max(into->sign_of_life, facts.sign_of_life);
}

bool IsStatusFact(EventType type, BounceKind bounce_kind) {
  return type == EventType::kUnsubscribe || type == EventType::kComplaint || IsSignOfLife(type) ||
         IsHardBounce(type, bounce_kind);
}

StatusFacts FactsOfTotals(const EngagementTotals& totals) {
  StatusFacts facts;
  facts.everything = {totals[EventType::kUnsubscribe].last, totals[EventType::kResubscribe].last};
  facts.complaint = totals[EventType::kComplaint].last;
  facts.hard_bounce = totals.hard_bounces.last;
  facts.sign_of_life =
      std::max({totals[EventType::kDelivered].last, totals[EventType::kOpen].last, totals[EventType::kClick].last,
                totals[EventType::kReply].last, totals[EventType::kResubscribe].last});
  return facts;
}

}  // namespace leadpulse::state
