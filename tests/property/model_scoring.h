// Random scoring rules and journals that the product and the model (tests/support/model) both read, and the comparison
// of the scores that they compute.
//
// Draw inside a property, so that RapidCheck can shrink a failure.
#pragma once

#include <rapidcheck.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/view/score.h"
#include "tests/property/random_rule_text.h"
#include "tests/support/model/evaluate.h"
#include "tests/support/model/lead.h"
#include "tests/support/model/score.h"
#include "tests/support/owned_entry.h"
#include "tests/support/workload/workload.h"

namespace leadpulse::testing {

// One tenant's definitions, as the model's and the product's structures.
struct BothDefinitions {
  model::TenantDefinitions model;
  config::LoadedDefinitions loaded;

  const config::TenantDefinitions& product() const { return loaded.definitions->For("acme"); }
};

inline BothDefinitions LoadBoth(model::TenantDefinitions definitions) {
  BothDefinitions both{std::move(definitions), {}};
  both.loaded = config::LoadDefinitions(workload::DefinitionsYaml({{"acme", both.model}}));
  if (both.loaded.definitions == nullptr) RC_FAIL(both.loaded.errors.front().message);
  return both;
}

// --- Random scoring rules ---

inline model::Duration Hours(int64_t count) { return {count, model::Duration::Unit::kHours}; }

inline model::ScoringRule EventRule(model::EventType type, int64_t points) {
  model::ScoringRule rule;
  rule.event = type;
  rule.points = points;
  return rule;
}

inline model::ScoringRule StepRule(model::Step::Who who, model::EventType action, int64_t points) {
  model::ScoringRule rule;
  rule.match.emplace();
  rule.match->who = who;
  rule.match->action = action;
  rule.points = points;
  return rule;
}

// Draws a rule whose points differ from those of other rules.
inline model::ScoringRule RandomLimitedRule() {
  using Per = model::Limit::Per;
  model::ScoringRule rule =
      EventRule(*rc::gen::element(model::EventType::kSent, model::EventType::kOpen, model::EventType::kClick),
                rules::Random(-900, 900));
  rule.limit = model::Limit{rules::Random(1, 9),
                            *rc::gen::element(Per::kMessage, Per::kCampaign, Per::kLocalDay, Per::kLifetime)};
  switch (rules::Random(0, 3)) {
    case 0:
      rule.decay = model::Decay{40, Hours(6)};
      break;
    case 1:
      rule.decay = model::Decay{100, Hours(72)};
      break;
    default:
      break;
  }
  if (rules::Random(0, 3) == 0) rule.expires_after = Hours(48);
  return rule;
}

// Draws one rule of each kind that the product evaluates in its own way, each with points of another magnitude, and
// three with limits.
inline model::Scoring RandomScoring() {
  using model::EventType;
  model::Scoring scoring;
  std::vector<model::ScoringRule>& rules = scoring.rules;
  rules.push_back(EventRule(EventType::kOpen, 1));
  for (const bool soft : {true, false}) {
    rules.push_back(EventRule(EventType::kBounce, soft ? 10 : 100));
    rules.back().soft_bounce = soft;
  }
  rules.push_back(EventRule(EventType::kClick, 1000));
  rules.back().name = "a";
  rules.push_back(EventRule(EventType::kClick, 10'000));
  rules.back().campaign = "c";
  rules.push_back(StepRule(model::Step::Who::kMachine, EventType::kClick, 100'000));
  rules.push_back(StepRule(model::Step::Who::kAny, EventType::kSent, 1'000'000));
  model::Test more_than_one;
  more_than_one.kind = model::Test::Kind::kCompare;
  more_than_one.compare = model::Compare::kMore;
  more_than_one.values = {{model::Literal::Kind::kNumber, "", 1, false}};
  rules.back().match->where = {{"total", more_than_one}};
  rules.push_back(EventRule(EventType::kOpen, 3));
  rules.back().expires_after = Hours(48);
  rules.push_back(EventRule(EventType::kSent, 8));
  rules.back().decay = model::Decay{50, Hours(24)};
  rules.push_back(EventRule(EventType::kClick, 7));
  rules.back().limit = model::Limit{1, model::Limit::Per::kLocalDay};
  for (int i = 0; i < 3; ++i) rules.push_back(RandomLimitedRule());
  for (int i = rules::Random(0, 3); i-- > 0;) {
    scoring.reset_on.push_back(i == 0 ? EventType::kUnsubscribe : EventType::kComplaint);
  }
  return scoring;
}

inline model::TenantDefinitions RandomScoringDefinitions(const rules::Place& place, int64_t bound) {
  model::TenantDefinitions definitions;
  definitions.timezone = place.zone;
  definitions.fields = {{"since", model::FieldType::kDate}};
  definitions.event_properties = {{"total", model::FieldType::kNumber}};
  definitions.scoring = RandomScoring();
  definitions.tiers = {{"cold", std::nullopt}};
  definitions.lifecycle.soft_bounce_limit = rules::Random(1, 4);
  definitions.max_entries = bound;
  return definitions;
}

// --- Journals ---

// Draws an entry. One in twenty is at any time near `middle`; the others are at or after the entries of the journal.
inline OwnedEntry RandomEntry(Instant middle, int number, const state::Journal& journal) {
  OwnedEntry entry;
  entry.type = *rc::gen::element(EventType::kSent, EventType::kOpen, EventType::kClick, EventType::kBounce,
                                 EventType::kBounce, EventType::kRetract);
  if (rules::Random(0, 40) == 0) entry.type = *rc::gen::element(EventType::kUnsubscribe, EventType::kComplaint);
  entry.occurred_at = rules::RandomInstantNear(middle);
  if (rules::Random(0, 20) != 0 && !journal.entries().empty()) {
    entry.occurred_at = journal.entries().back().occurred_at + Millis{rules::Random(0, 4) * 1'800'000};
  }
  entry.event_id = "e" + std::to_string(number);
  entry.bounce_kind = *rc::gen::element(BounceKind::kHard, BounceKind::kSoft);
  entry.machine = rules::Random(0, 5) == 0;
  entry.name = rules::Pick({"", "a", "A", "b"});
  entry.message_id = rules::Pick({"", "m", "n"});
  entry.campaign_id = rules::Pick({"", "c", "C", "d"});
  if (entry.type == EventType::kRetract) entry.subject = "e" + std::to_string(rules::Random(0, 2 * number + 1));
  if (rules::Random(0, 3) == 0) entry.properties = {{"total", rules::Random(0, 4) * 1.0}};
  return entry;
}

inline model::Entry ModelEntry(const OwnedEntry& entry) {
  model::Entry same;
  same.type = static_cast<model::EventType>(entry.type);
  same.at = entry.occurred_at.millis;
  same.id = entry.event_id;
  same.campaign = entry.campaign_id;
  same.message = entry.message_id;
  same.name = entry.name;
  for (const auto& [name, value] : entry.properties)
    same.properties[name] = model::Value::Of(model::Number(std::get<Number>(value).Spelling()));
  same.soft_bounce = entry.bounce_kind == BounceKind::kSoft;
  same.machine = entry.machine;
  if (entry.type == EventType::kRetract) same.retracts = entry.subject;
  return same;
}

// The same journal for the product and the model.
struct BothLeads {
  state::Lead product;
  model::Lead model = model::NewLead("acme", "lead-1");

  BothLeads() { product.key = {"acme", "lead-1"}; }

  void Add(const OwnedEntry& entry, const BothDefinitions& definitions) {
    product.journal.Add(entry, definitions.product().journal_max_entries);
    model::Entry modelled = ModelEntry(entry);
    model::AddEntry(model, modelled, definitions.model.max_entries);
  }
};

// --- The comparison ---

// The model's score of one lead under one set of definitions.
class ModelScore {
 public:
  ModelScore(const model::Lead& lead, const model::TenantDefinitions& definitions) : facts_(lead, definitions) {}

  int64_t At(Instant now) const { return model::ScoreOf(facts_, {}, now.millis); }
  std::vector<model::ScorePart> PartsAt(Instant now) const { return model::ScoreParts(facts_, {}, now.millis); }
  std::optional<model::Millis> ResetAt() const { return model::ResetOf(facts_); }

  // Returns the entries that count, and their points.
  std::vector<model::ScorePart> CountedAt(Instant now) const {
    std::vector<model::ScorePart> parts = PartsAt(now);
    std::erase_if(parts, [](const model::ScorePart& part) { return part.fate != model::Fate::kCounted; });
    return parts;
  }

 private:
  model::Facts facts_;
};

// Checks the score, and when it next changes by time. No rule is a `when`: an entry that waits behind a limit counts
// later, loses points with age and expires, and never returns to an earlier state. So an entry that counts now and just
// before the change has counted all the time in between.
inline void CheckScore(const ModelScore& expected, const rules::Facts& facts,
                       const config::TenantDefinitions& definitions) {
  constexpr Millis kFarOff{int64_t{365} * 86'400'000};
  const view::ScoreResult score = view::EvaluateScore(facts, definitions);
  RC_ASSERT(score.score == expected.At(facts.now));
  const auto counted = expected.CountedAt(facts.now);
  if (score.next_change_at == Instant::Never()) {
    RC_ASSERT(expected.CountedAt(facts.now + kFarOff) == counted);
    return;
  }
  RC_ASSERT(expected.CountedAt(score.next_change_at - Millis{1}) == counted);
  RC_ASSERT(expected.CountedAt(score.next_change_at) != counted);
}

}  // namespace leadpulse::testing
