#include "tests/support/model/status_facts.h"

#include <algorithm>

#include "tests/support/model/lead.h"

namespace leadpulse::model {
namespace {

constexpr size_t kMostTopics = 100;

void Raise(std::optional<Millis>& latest, Millis at) { latest = std::max(latest.value_or(at), at); }

}  // namespace

bool IsLater(std::optional<Millis> after, std::optional<Millis> before) {
  return after && (!before || *after > *before);
}

bool Stands(std::optional<Millis> done, std::optional<Millis> undone) { return done && !IsLater(undone, done); }

bool Scope::IsOut() const { return Stands(out, in); }

bool StatusEvent::IsSignOfLife() const {
  return type == EventType::kDelivered || type == EventType::kOpen || type == EventType::kClick ||
         type == EventType::kReply || type == EventType::kResubscribe;
}

std::optional<StatusEvent> StatusEventOf(const Entry& entry) {
  const StatusEvent event{entry.type, entry.at, entry.scope, entry.belonging, entry.origin};
  if (event.IsSignOfLife()) return event;
  if (entry.type == EventType::kUnsubscribe || entry.type == EventType::kComplaint) return event;
  if (entry.type == EventType::kBounce && !entry.soft_bounce) return event;
  return std::nullopt;
}

void MeetTopic(std::set<std::string>& topics, Entry& entry) {
  if (!entry.scope || *entry.scope == kEverything || topics.contains(*entry.scope)) return;
  if (topics.size() < kMostTopics) {
    topics.insert(*entry.scope);
  } else if (entry.type == EventType::kUnsubscribe) {
    entry.scope = kEverything;
  } else {
    entry.scope.reset();
  }
}

void StatusFacts::Count(const StatusEvent& event) {
  if (event.IsSignOfLife()) Raise(sign_of_life, event.at);
  if (event.type == EventType::kComplaint) Raise(complaint, event.at);
  if (event.type == EventType::kBounce && !event.is_of_old_address) Raise(hard_bounce, event.at);
  if (!event.scope) return;
  if (event.type == EventType::kUnsubscribe) Raise(scopes[*event.scope].out, event.at);
  if (event.type == EventType::kResubscribe) Raise(scopes[*event.scope].in, event.at);
}

}  // namespace leadpulse::model
