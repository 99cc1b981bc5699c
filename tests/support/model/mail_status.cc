#include "tests/support/model/mail_status.h"

#include <algorithm>
#include <functional>

#include "tests/support/model/addresses.h"

namespace leadpulse::model {
namespace {

using Asks = std::function<bool(const StatusEvent&)>;

std::optional<Millis> Latest(const std::vector<StatusEvent>& events, const Asks& asks) {
  std::optional<Millis> latest;
  for (const StatusEvent& event : events) {
    if (asks(event)) latest = std::max(latest.value_or(event.at), event.at);
  }
  return latest;
}

Asks IsOptOut(const std::string& scope) {
  return [=](const StatusEvent& event) { return event.type == EventType::kUnsubscribe && event.scope == scope; };
}

bool IsComplaint(const StatusEvent& event) { return event.type == EventType::kComplaint; }

// The opt-outs that a RESUBSCRIBE to one scope lifts. Different events lift opt-outs of the lead itself, of its address
// by others, and of its address by the lead itself.
class Lifting {
 public:
  Lifting(const Facts& facts, const std::string& scope) : facts_(facts) {
    const auto comes_back = [&](const StatusEvent& event) {
      return event.type == EventType::kResubscribe && event.scope == scope;
    };
    own_ = Latest(facts.status, comes_back);
    own_without_address_ = Latest(facts.status, [&](const StatusEvent& event) {
      return comes_back(event) && IsSentForLead(event) && !event.belonging.names_address;
    });
    of_address_ = Latest(facts.standing.events, comes_back);
  }

  // Whether one of these events is in force.
  bool LeavesAny(const Asks& asks) const {
    const auto by_lead = Latest(facts_.status, asks);
    const auto& of_address = facts_.standing.events;
    const auto by_others =
        Latest(of_address, [&](const StatusEvent& event) { return asks(event) && !IsSentForLead(event); });
    const auto by_itself =
        Latest(of_address, [&](const StatusEvent& event) { return asks(event) && IsSentForLead(event); });
    return Stands(by_lead, std::max(own_, of_address_)) || Stands(by_others, of_address_) ||
           Stands(by_itself, std::max(own_without_address_, of_address_));
  }

 private:
  bool IsSentForLead(const StatusEvent& event) const { return event.sent_for == facts_.lead.id; }

  const Facts& facts_;
  std::optional<Millis> own_;
  std::optional<Millis> own_without_address_;
  std::optional<Millis> of_address_;
};

bool IsComplained(const Facts& facts) {
  if (facts.definitions.lifecycle.resubscribe_lifts_complaint) {
    return Lifting(facts, kEverything).LeavesAny(IsComplaint);
  }
  return Latest(facts.status, IsComplaint).has_value() || Latest(facts.standing.events, IsComplaint).has_value();
}

std::set<std::string> ScopesOutOf(const Facts& facts) {
  std::set<std::string> out;
  for (const auto* events : {&facts.status, &facts.standing.events}) {
    for (const StatusEvent& event : *events) {
      if (event.type != EventType::kUnsubscribe || !event.scope) continue;
      if (Lifting(facts, *event.scope).LeavesAny(IsOptOut(*event.scope))) out.insert(*event.scope);
    }
  }
  return out;
}

// Whether a bounce or a sign of life is about the mailbox that the lead is written to.
bool IsOfPresentAddress(const Facts& facts, const Belonging& belonging, Millis at) {
  if (belonging.is_former) return false;
  if (belonging.address.empty()) return IsLater(at, facts.lead.address_changed_at);
  return belonging.address == LastAddressOf(facts.lead);
}

int64_t SoftBouncesAfter(const Facts& facts, std::optional<Millis> alive) {
  return std::count_if(facts.visible.begin(), facts.visible.end(), [&](const Entry* entry) {
    if (entry->type != EventType::kBounce || !entry->soft_bounce || !IsLater(entry->at, alive)) return false;
    if (!facts.definitions.identity_by_email) return IsLater(entry->at, facts.lead.address_changed_at);
    return IsOfPresentAddress(facts, entry->belonging, entry->at);
  });
}

bool IsBounced(const Facts& facts) {
  // The address's status has only the bounces and signs of life of the mailbox.
  std::vector<StatusEvent> events = facts.status;
  const std::string mailbox = MailAddressOf(facts.lead);
  for (const StatusEvent& event : facts.standing.events) {
    if (event.sent_for == mailbox) events.push_back(event);
  }
  std::erase_if(events,
                [&](const StatusEvent& event) { return !IsOfPresentAddress(facts, event.belonging, event.at); });
  const auto hard = Latest(events, [](const StatusEvent& event) { return event.type == EventType::kBounce; });
  const auto alive = Latest(events, [](const StatusEvent& event) { return event.IsSignOfLife(); });
  return Stands(hard, alive) || SoftBouncesAfter(facts, alive) >= facts.definitions.lifecycle.soft_bounce_limit;
}

// Returns the status with `by_email: false`: the lead shares nothing, and bounces before the last command that changed
// its address do not count.
MailStatus StatusOfOwn(const Facts& facts) {
  StatusFacts latest;
  for (const StatusEvent& event : facts.status) latest.Count(event);
  MailStatus status;
  const bool lifts = facts.definitions.lifecycle.resubscribe_lifts_complaint;
  const auto came_back = lifts ? latest.scopes[kEverything].in : std::nullopt;
  status.is_complained = Stands(latest.complaint, came_back);
  for (const auto& [scope, times] : latest.scopes) {
    if (times.IsOut()) status.scopes_out.insert(scope);
  }
  const bool bounces = IsLater(latest.hard_bounce, facts.lead.address_changed_at);
  status.is_bounced = (bounces && Stands(latest.hard_bounce, latest.sign_of_life)) ||
                      SoftBouncesAfter(facts, latest.sign_of_life) >= facts.definitions.lifecycle.soft_bounce_limit;
  return status;
}

}  // namespace

MailStatus MailStatusOf(const Facts& facts) {
  if (!facts.definitions.identity_by_email) return StatusOfOwn(facts);
  return {IsComplained(facts), IsBounced(facts), ScopesOutOf(facts)};
}

}  // namespace leadpulse::model
