#include "tests/support/model/status_facts.h"

#include <algorithm>

#include "tests/support/model/lead.h"

namespace leadpulse::model {
namespace {

constexpr int64_t kMostTopics = 100;

void Raise(std::optional<Millis>& latest, Millis at) { latest = std::max(latest.value_or(at), at); }

}  // namespace

bool IsLater(std::optional<Millis> after, std::optional<Millis> before) {
  return after && (!before || *after > *before);
}

bool Stands(std::optional<Millis> done, std::optional<Millis> undone) { return done && !IsLater(undone, done); }

bool Scope::IsOut() const { return Stands(out, in); }

void StatusFacts::Meet(Entry& entry) {
  if (!entry.scope || *entry.scope == kEverything || scopes.contains(*entry.scope)) return;
  const auto topics = static_cast<int64_t>(scopes.size()) - static_cast<int64_t>(scopes.count(kEverything));
  if (topics < kMostTopics) {
    scopes[*entry.scope];
  } else if (entry.type == EventType::kUnsubscribe) {
    entry.scope = kEverything;
  } else {
    entry.scope.reset();
  }
}

void StatusFacts::Count(const Entry& entry) {
  switch (entry.type) {
    case EventType::kUnsubscribe:
      if (entry.scope) Raise(scopes[*entry.scope].out, entry.at);
      break;
    case EventType::kResubscribe:
      if (entry.scope) Raise(scopes[*entry.scope].in, entry.at);
      Raise(sign_of_life, entry.at);
      break;
    case EventType::kDelivered:
    case EventType::kOpen:
    case EventType::kClick:
    case EventType::kReply:
      Raise(sign_of_life, entry.at);
      break;
    case EventType::kComplaint:
      Raise(complaint, entry.at);
      break;
    case EventType::kBounce:
      if (!entry.soft_bounce) Raise(hard_bounce, entry.at);
      break;
    default:
      break;
  }
}

bool StatusFacts::IsOut(const std::string& scope) const {
  const auto found = scopes.find(scope);
  return found != scopes.end() && found->second.IsOut();
}

void StatusFacts::DropEmptyScopes() {
  std::erase_if(scopes, [](const auto& row) { return !row.second.out && !row.second.in; });
}

}  // namespace leadpulse::model
