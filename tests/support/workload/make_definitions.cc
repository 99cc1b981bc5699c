#include "tests/support/model/text.h"
#include "tests/support/workload/edits.h"
#include "tests/support/workload/rules.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {
namespace {

using model::EventType;
using model::FieldType;
using model::ScoringRule;
using model::TenantDefinitions;

std::map<std::string, FieldType> MakeFields(Random& random, const World& world) {
  static const std::map<std::string, FieldType> kNatural = {
      {"Industry", FieldType::kText},      {"Company Name", FieldType::kText},    {"budget", FieldType::kNumber},
      {"Renewal Date", FieldType::kDate},  {"seats", FieldType::kNumber},         {"plan", FieldType::kText},
      {"vip_status", FieldType::kBoolean}, {"birthday", FieldType::kCalendarDay}, {"Größe", FieldType::kText},
      {"interests", FieldType::kText}};
  std::map<std::string, FieldType> fields;
  for (const auto& [name, natural] : kNatural) {
    if (!random.Chance(55)) continue;
    const FieldType type = random.Chance(world.theme == Theme::kDates ? 70 : 90)
                               ? natural
                               : static_cast<FieldType>(random.Below(model::kFieldTypes));
    fields[random.Chance(30) ? model::NormalName(name) : name] = type;
  }
  return fields;
}

std::map<std::string, FieldType> MakeProperties(Random& random) {
  static const std::map<std::string, FieldType> kNatural = {
      {"total", FieldType::kNumber},      {"plan", FieldType::kText},          {"url", FieldType::kText},
      {"gift", FieldType::kBoolean},      {"due date", FieldType::kDate},      {"delivery", FieldType::kCalendarDay},
      {"cart.total", FieldType::kNumber}, {"cart.plan.name", FieldType::kText}};
  std::map<std::string, FieldType> properties;
  for (const auto& [name, natural] : kNatural) {
    if (random.Chance(55)) properties[name] = natural;
  }
  return properties;
}

std::vector<model::Topic> MakeTopics(Random& random, const World& world) {
  static const std::vector<std::string> kIds = {"news", "Offers", "ÖLIG", std::string(128, 't'), "digest", "more"};
  std::vector<model::Topic> topics;
  for (const std::string& id : kIds) {
    if (random.Chance(world.theme == Theme::kOptOuts ? 50 : 25)) topics.push_back({id, random.Chance(50) ? "N" : ""});
  }
  random.Shuffle(topics);
  return topics;
}

}  // namespace

ScoringRule MakeScoringRule(Random& random, const World& world, RuleMaker& maker) {
  static const std::vector<EventType> kScored = {EventType::kOpen,   EventType::kClick, EventType::kPageVisit,
                                                 EventType::kCustom, EventType::kReply, EventType::kBounce};
  ScoringRule rule;
  rule.points = random.Chance(80) ? random.Between(1, 40) : -random.Between(1, 60);
  const int64_t kind = random.Below(10);
  if (kind < 2) {
    rule.when = maker.MakeRule(1, false);
    return rule;
  }
  if (kind < 5) {
    rule.match = maker.MakeStep();
  } else {
    rule.event = random.Chance(85) ? random.OneOf(kScored) : static_cast<EventType>(random.Between(1, 11));
    const bool is_plain = world.theme == Theme::kScoring;
    if (random.Chance(is_plain ? 5 : 25)) rule.name = Words().names[random.Between(1, 7)];
    if (random.Chance(20)) {
      rule.campaign = Words().campaigns[random.Between(1, 4)];
    }
    if (rule.event == EventType::kBounce && random.Chance(60)) {
      rule.soft_bounce = random.Chance(50);
    }
  }
  if (random.Chance(world.theme == Theme::kScoring ? 70 : 40)) {
    rule.limit =
        model::Limit{random.Between(1, random.Chance(70) ? 1 : 3), static_cast<model::Limit::Per>(random.Below(4))};
  }
  if (random.Chance(30)) {
    static const std::vector<int> kPercents = {0, 10, 25, 50, 99, 100};
    rule.decay = model::Decay{random.OneOf(kPercents), {random.Between(6, 40), model::Duration::Unit::kHours}};
  }
  if (random.Chance(35)) rule.expires_after = random.OneOf(world.durations);
  return rule;
}

namespace {

model::Scoring MakeScoring(Random& random, const World& world, RuleMaker& maker) {
  model::Scoring scoring;
  const int64_t rules = random.Between(world.theme == Theme::kScoring ? 3 : 0, 6);
  for (int64_t i = 0; i < rules; ++i) {
    scoring.rules.push_back(MakeScoringRule(random, world, maker));
  }
  if (random.Chance(60)) {
    scoring.reset_on = {EventType::kUnsubscribe, EventType::kComplaint};
  }
  if (random.Chance(10)) scoring.reset_on.push_back(EventType::kClick);
  if (random.Chance(20)) scoring.exclude = maker.MakeRule(1, false);
  if (random.Chance(20)) scoring.min = random.Between(-30, 5);
  if (random.Chance(20)) scoring.max = random.Between(20, 90);
  return scoring;
}

std::vector<model::Tier> MakeTiers(Random& random) {
  std::vector<model::Tier> tiers;
  if (random.Chance(80)) tiers.push_back({"hot", random.Between(30, 60)});
  if (random.Chance(80)) tiers.push_back({"warm", random.Between(1, 29)});
  if (random.Chance(20)) tiers.push_back({"cool", -random.Between(0, 20)});
  tiers.push_back({random.Chance(80) ? "cold" : "Kalt", std::nullopt});
  return tiers;
}

model::Lifecycle MakeLifecycle(Random& random) {
  model::Lifecycle lifecycle;
  if (random.Chance(30)) {
    lifecycle.engaged_on = {EventType::kOpen, EventType::kCustom};
  }
  if (random.Chance(60)) lifecycle.auto_qualify_at = random.Between(10, 60);
  lifecycle.auto_qualify_requires_engagement = random.Chance(70);
  if (random.Chance(60)) lifecycle.soft_bounce_limit = random.Between(1, 3);
  lifecycle.resubscribe_lifts_complaint = random.Chance(40);
  return lifecycle;
}

model::Quality MakeQuality(Random& random) {
  model::Quality quality;
  for (const std::string& name : Words().attributes) {
    if (random.Chance(50)) {
      quality.attributes[Respell(random, name)] = random.Between(-5, 15);
    }
  }
  if (random.Chance(70)) {
    quality.source = {{"referral", 20}, {"Import", 10}, {"gold", 7}};
  }
  if (random.Chance(70)) {
    quality.engagement = model::Engagement{random.Between(0, 40), random.Between(1, 70)};
  }
  return quality;
}

std::vector<model::Segment> MakeSegments(Random& random, const World& world, TenantDefinitions& definitions) {
  // The generator uses the segments made so far.
  definitions.segments.clear();
  RuleMaker maker(random, world, definitions);
  const int64_t count = random.Chance(15) ? kManySegments + random.Between(0, 4) : random.Between(3, 9);
  for (int64_t i = 0; i < count; ++i) {
    static const std::vector<std::string> kNames = {"a", "B", "c-1", "ü", "S"};
    model::Segment segment;
    segment.id = random.OneOf(kNames) + std::to_string(i);
    segment.name = "Segment " + std::to_string(i);
    segment.rule = maker.MakeRule(static_cast<int>(random.Between(0, 2)), true);
    definitions.segments.push_back(segment);
  }
  std::vector<model::Segment> segments = definitions.segments;
  random.Shuffle(segments);
  return segments;
}

std::vector<std::string> MakeSuppressedDomains(Random& random) {
  static const std::vector<std::string> kDomains = {"example.com", "Example.COM", "y.example", "*.example"};
  return {random.OneOf(kDomains), random.OneOf(kDomains)};
}

}  // namespace

TenantDefinitions MakeDefinitions(Random& random, const World& world) {
  TenantDefinitions definitions;
  definitions.timezone = world.zone;
  definitions.fields = MakeFields(random, world);
  definitions.event_properties = MakeProperties(random);
  definitions.topics = MakeTopics(random, world);
  definitions.publish_score_changes = random.Chance(50);
  definitions.publish_updates = definitions.publish_score_changes;
  RuleMaker maker(random, world, definitions);
  definitions.scoring = MakeScoring(random, world, maker);
  definitions.tiers = MakeTiers(random);
  definitions.lifecycle = MakeLifecycle(random);
  const bool is_bounded = world.theme == Theme::kJournal;
  const int bounds = world.theme == Theme::kOptOuts ? 60 : 25;
  if (is_bounded || random.Chance(bounds)) definitions.max_entries = random.Between(1, is_bounded ? 5 : 12);
  definitions.quality = MakeQuality(random);
  definitions.segments = MakeSegments(random, world, definitions);
  if (random.Chance(25)) definitions.suppressed_domains = MakeSuppressedDomains(random);
  if (world.theme == Theme::kMailboxes) definitions.identity_by_email = random.Chance(85);
  return definitions;
}

TenantDefinitions ChangeDefinitions(Random& random, const World& world, TenantDefinitions old) {
  TenantDefinitions changed = std::move(old);
  const TenantDefinitions other = MakeDefinitions(random, world);
  if (random.Chance(40)) changed.fields = other.fields;
  if (random.Chance(20)) changed.timezone = "Asia/Kathmandu";
  if (random.Chance(30)) changed.tiers = other.tiers;
  if (random.Chance(30)) changed.lifecycle = other.lifecycle;
  if (random.Chance(30)) changed.quality = other.quality;
  if (random.Chance(20)) changed.max_entries = other.max_entries;
  changed.identity_by_email = other.identity_by_email;
  changed.suppressed_domains = other.suppressed_domains;
  if (random.Chance(50)) {
    changed.publish_score_changes = !changed.publish_score_changes;
  }
  changed.publish_updates = changed.publish_score_changes;
  // Rules may only use declared properties and topics, so these change together.
  if (random.Chance(40)) {
    changed.topics = other.topics;
    changed.event_properties = other.event_properties;
    changed.scoring = other.scoring;
    changed.segments = other.segments;
  } else if (random.Chance(50)) {
    RuleMaker maker(random, world, changed);
    changed.scoring = MakeScoring(random, world, maker);
  }
  if (random.Chance(40) && !changed.segments.empty()) {
    const std::string id = changed.segments.back().id;
    RuleMaker maker(random, world, changed);
    const auto kept = std::move(changed.segments);
    changed.segments.clear();
    const model::Rule rule = maker.MakeRule(1, true);
    changed.segments = kept;
    changed.segments.back() = {id, "Another", rule};
  }
  MendRules(random, world, changed);
  return changed;
}

}  // namespace leadpulse::workload
