#include <map>

#include "tests/support/model/evaluate.h"
#include "tests/support/model/text.h"

// The fields of the rule language.
namespace leadpulse::model {

Value Evaluator::Field(const std::string& name) const {
  const std::string normal = NormalName(name);
  constexpr std::string_view kProfile = "profile.";
  if (normal.starts_with(kProfile) && normal.size() > kProfile.size()) {
    return facts_.Attribute(normal.substr(kProfile.size()));
  }
  if (auto value = TimeField(normal)) return *value;
  if (auto value = CountField(normal)) return *value;
  if (auto value = StandingField(normal)) return *value;
  const Lead& lead = facts_.lead;
  if (normal == "agent") {
    return lead.agent.empty() ? Value() : Value::Text(lead.agent);
  }
  if (normal == "do_not_contact") return Value::Boolean(lead.do_not_contact);
  if (normal == "tags") return Value::Texts(lead.tags);
  if (normal == "lists") return Value::Texts(lead.lists);
  if (normal == "campaigns") return Value::Texts(lead.campaigns);
  return facts_.Attribute(normal);
}

std::optional<Value> Evaluator::TimeField(const std::string& name) const {
  static const std::map<std::string, std::vector<EventType>> kLast = {
      {"last_sent", {EventType::kSent}},
      {"last_delivered", {EventType::kDelivered}},
      {"last_opened", {EventType::kOpen}},
      {"last_opened_email", {EventType::kOpen}},
      {"last_clicked", {EventType::kClick}},
      {"last_replied", {EventType::kReply}},
      {"last_bounced", {EventType::kBounce}},
      {"last_visited", {EventType::kPageVisit}},
      {"last_engaged", {EventType::kOpen, EventType::kClick, EventType::kReply, EventType::kPageVisit}}};
  std::optional<Millis> instant;
  if (name == "created") {
    instant = facts_.Created();
  } else {
    const auto found = kLast.find(name);
    if (found == kLast.end()) return std::nullopt;
    instant = facts_.LastOf(found->second);
  }
  return instant ? Value::At(*instant) : Value();
}

std::optional<Value> Evaluator::CountField(const std::string& name) const {
  static const std::map<std::string, EventType> kCounts = {
      {"sends", EventType::kSent},    {"opens", EventType::kOpen},     {"clicks", EventType::kClick},
      {"replies", EventType::kReply}, {"bounces", EventType::kBounce}, {"visits", EventType::kPageVisit}};
  const auto found = kCounts.find(name);
  if (found == kCounts.end()) return std::nullopt;
  return Value::Of(facts_.CountOf(found->second));
}

std::optional<Value> Evaluator::StandingField(const std::string& name) const {
  if (name == "score" || name == "lead_score") {
    return Value::Of(standing_.score);
  }
  if (name == "quality") {
    return Value::Of(standing_.quality);
  }
  if (name == "qualification") {
    return Value::Of(standing_.qualification);
  }
  if (name == "tier") return Value::Text(standing_.tier);
  if (name == "email_status") return Value::Text(standing_.email_status);
  if (name == "sendable") return Value::Boolean(standing_.sendable);
  if (name == "stage") return Value::Text(standing_.stage);
  if (name == "status" || name == "lead_status") {
    return Value::Text(standing_.status);
  }
  return std::nullopt;
}

}  // namespace leadpulse::model
