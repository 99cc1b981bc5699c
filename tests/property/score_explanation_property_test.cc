// The score, its parts as listed by `explain`, and its reset are the model's: for journals of any length, with late,
// retracted and folded entries, and with `when` rules, `exclude` and bounds.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "processor/view/score.h"
#include "processor/view/view.h"
#include "tests/property/model_scoring.h"

namespace leadpulse::testing::score_explanation_property_test {

using rules::Place;
using rules::Random;

model::Rule OpensAtLeast(int64_t count) {
  model::Rule rule;
  rule.predicate.field = "opens";
  rule.predicate.test.kind = model::Test::Kind::kCompare;
  rule.predicate.test.compare = model::Compare::kMoreEqual;
  rule.predicate.test.values = {{model::Literal::Kind::kNumber, "", static_cast<int64_t>(count), false}};
  return rule;
}

model::Rule ClickedInLastDay() {
  model::Rule rule;
  rule.predicate.kind = model::Predicate::Kind::kDid;
  rule.predicate.step.action = model::EventType::kClick;
  rule.predicate.window.kind = model::Window::Kind::kInLast;
  rule.predicate.window.duration = Hours(24);
  return rule;
}

model::TenantDefinitions RandomDefinitions(const Place& place) {
  model::TenantDefinitions definitions = RandomScoringDefinitions(place, *rc::gen::element(9, 40, 80, 1000));
  model::Scoring& scoring = definitions.scoring;
  for (const model::Rule& when : {OpensAtLeast(Random(1, 5)), ClickedInLastDay()}) {
    model::ScoringRule rule;
    rule.when = when;
    rule.points = Random(-400, 400);
    scoring.rules.insert(scoring.rules.begin() + Random(0, 5), rule);
  }
  if (Random(0, 3) == 0) scoring.exclude = OpensAtLeast(Random(5, 40));
  if (Random(0, 3) == 0) scoring.min = Random(-2000, 2000);
  if (Random(0, 3) == 0) scoring.max = Random(2000, 200'000);
  return definitions;
}

std::string Describe(size_t rule, const std::string& event, int fate, int64_t points) {
  return std::to_string(rule) + " " + event + " " + std::to_string(fate) + " " + std::to_string(points);
}

// Describes the contributions. Their kinds are in the order of the fates.
std::vector<std::string> PartsOf(const view::ScoreExplanation& explanation) {
  std::vector<std::string> parts;
  for (const view::Contribution& part : explanation.contributions) {
    const std::string event = part.entry == nullptr ? "when" : std::string(part.entry->event_id());
    parts.push_back(Describe(part.rule, event, static_cast<int>(part.kind), part.points));
  }
  return parts;
}

std::vector<std::string> PartsOf(const std::vector<model::ScorePart>& of_model) {
  std::vector<std::string> parts;
  for (const model::ScorePart& part : of_model) {
    const std::string event = part.entry == nullptr ? "when" : part.entry->id;
    parts.push_back(Describe(part.rule, event, static_cast<int>(part.fate), part.points));
  }
  return parts;
}

void CheckExplanation(const ModelScore& expected, const rules::Facts& facts,
                      const config::TenantDefinitions& definitions) {
  RC_ASSERT(view::EvaluateScore(facts, definitions).score == expected.At(facts.now));
  const view::ScoreExplanation explanation = view::ExplainScore(facts, definitions);
  RC_ASSERT(explanation.score == expected.At(facts.now));
  RC_ASSERT(PartsOf(explanation) == PartsOf(expected.PartsAt(facts.now)));
  const std::optional<model::Millis> reset = expected.ResetAt();
  RC_ASSERT(explanation.reset_at == (reset ? Instant{*reset} : Instant::DistantPast()));
}

// Checks that a few contributions change their points at their next change, and not just before.
void CheckAnnouncedChanges(const ModelScore& expected, const rules::Facts& facts,
                           const config::TenantDefinitions& definitions) {
  for (const view::Contribution& part : view::ExplainScore(facts, definitions).contributions) {
    const bool by_age = part.entry != nullptr && part.changes_at != Instant::Never();
    if (!by_age || Random(0, 10) != 0) continue;
    const auto points_at = [&](Instant now) -> std::optional<int64_t> {
      for (const model::ScorePart& of_model : expected.CountedAt(now)) {
        const bool is_same = of_model.rule == part.rule && of_model.entry != nullptr;
        if (is_same && of_model.entry->id == part.entry->event_id()) return of_model.points;
      }
      return std::nullopt;
    };
    RC_ASSERT(points_at(part.changes_at - Millis{1}) == part.points);
    RC_ASSERT(points_at(part.changes_at) != part.points);
  }
}

RC_GTEST_PROP(ScoreExplanationProperty, PartsAreTheModels, ()) {
  const Place place = *rc::gen::element(rules::kPlaces[0], rules::kPlaces[1]);
  const BothDefinitions definitions = LoadBoth(RandomDefinitions(place));
  const Instant middle = definitions.product().calendar.StartOf(ParseDay(place.middle).value());
  BothLeads leads;
  const int entries = Random(1, 100);
  for (int i = 0; i < entries; ++i) {
    leads.Add(RandomEntry(middle, i, leads.product.journal), definitions);
    const bool is_last = i + 1 == entries;
    if (!is_last && Random(0, 8) != 0) continue;
    const Instant newest =
        leads.product.journal.entries().empty() ? middle : leads.product.journal.entries().back().occurred_at;
    const Instant now =
        *rc::gen::element(rules::RandomInstantNear(middle), newest, newest + Millis{Random(-1, 72) * 3'600'000});
    const state::EngagementTotals totals = leads.product.journal.Totals();
    const rules::Facts facts = view::FactsOf(leads.product, totals, definitions.product(), now);
    const ModelScore expected(leads.model, definitions.model);
    CheckExplanation(expected, facts, definitions.product());
    if (is_last) CheckAnnouncedChanges(expected, facts, definitions.product());
  }
}

}  // namespace leadpulse::testing::score_explanation_property_test
