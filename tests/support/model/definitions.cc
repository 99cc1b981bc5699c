#include "tests/support/model/definitions.h"

#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

ScoringRule PointsFor(EventType event, int64_t points) {
  ScoringRule rule;
  rule.event = event;
  rule.points = points;
  return rule;
}

Scoring BuiltInScoring() {
  Scoring scoring;
  scoring.rules = {PointsFor(EventType::kOpen, 1), PointsFor(EventType::kClick, 5), PointsFor(EventType::kReply, 10),
                   PointsFor(EventType::kPageVisit, 20), PointsFor(EventType::kBounce, -50)};
  scoring.rules[3].name = "pricing";
  scoring.rules[4].soft_bounce = false;
  scoring.reset_on = {EventType::kUnsubscribe, EventType::kComplaint};
  return scoring;
}

Rule Is(const std::string& field, const std::string& text) {
  Rule rule;
  rule.predicate.field = field;
  rule.predicate.test.kind = Test::Kind::kIs;
  rule.predicate.test.values = {{Literal::Kind::kText, text}};
  return rule;
}

std::vector<Segment> BuiltInSegments() {
  Rule both;
  both.kind = Rule::Kind::kAnd;
  both.parts = {Is("Industry", "Technology"), Is("Location", "USA")};
  Rule opened;
  opened.predicate.kind = Predicate::Kind::kAge;
  opened.predicate.field = "Last Opened Email";
  opened.predicate.compare = Compare::kLess;
  opened.predicate.duration = {30, Duration::Unit::kDays};
  Rule high;
  high.predicate.field = "Lead Score";
  high.predicate.test.kind = Test::Kind::kCompare;
  high.predicate.test.compare = Compare::kMore;
  high.predicate.test.values = {{Literal::Kind::kNumber, "", 50}};
  return {{"tech-usa", "Technology in the USA", both},
          {"recently-opened", "Opened in the last 30 days", opened},
          {"high-value", "Score above 50", high}};
}

}  // namespace

TenantDefinitions BuiltInDefinitions() {
  TenantDefinitions built_in;
  built_in.fields = {{"industry", FieldType::kText},
                     {"location", FieldType::kText},
                     {"job_title", FieldType::kText},
                     {"company_size", FieldType::kText},
                     {"budget", FieldType::kNumber},
                     {"vip_status", FieldType::kBoolean},
                     {"subscription_date", FieldType::kCalendarDay}};
  built_in.scoring = BuiltInScoring();
  built_in.tiers = {{"hot", 50}, {"warm", 20}, {"cold", std::nullopt}};
  built_in.lifecycle.auto_qualify_at = 80;
  built_in.quality.attributes = {{"email", 15},    {"phone", 10},        {"first_name", 5}, {"last_name", 5},
                                 {"job_title", 5}, {"company_name", 10}, {"industry", 5},   {"company_size", 5}};
  built_in.quality.source = {{"referral", 20}, {"inbound", 15}, {"import", 10}, {"discovery", 5}};
  built_in.quality.engagement = Engagement{20, 50};
  built_in.segments = BuiltInSegments();
  return built_in;
}

const TenantDefinitions& DefinitionsOf(const Definitions& definitions, const std::string& tenant) {
  static const TenantDefinitions kBuiltIn = BuiltInDefinitions();
  auto found = definitions.find(tenant);
  if (found == definitions.end()) found = definitions.find("*");
  return found == definitions.end() ? kBuiltIn : found->second;
}

const Topic* DeclaredTopic(const TenantDefinitions& definitions, const std::string& scope) {
  for (const Topic& topic : definitions.topics) {
    if (Fold(topic.id) == scope) return &topic;
  }
  return nullptr;
}

std::optional<FieldType> DeclaredType(const std::map<std::string, FieldType>& declared,
                                      const std::string& normal_name) {
  for (const auto& [name, type] : declared) {
    if (NormalName(name) == normal_name) return type;
  }
  return std::nullopt;
}

std::optional<FieldType> FieldTypeOf(const std::map<std::string, FieldType>& fields, const std::string& normal_name) {
  if (normal_name == "follow_up_on") return FieldType::kCalendarDay;
  if (normal_name == "follow_up_note") return FieldType::kText;
  return DeclaredType(fields, normal_name);
}

}  // namespace leadpulse::model
