// The product evaluates long journals with the codes of their entries, cached results and bitmaps. Entries come late,
// are retracted and fold, under changing definitions. After each step, rules hold if a scan of all entries says so, and
// the score is the model's.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "processor/rules/language/checker.h"
#include "processor/rules/language/parser.h"
#include "processor/view/email_status.h"
#include "processor/view/view.h"
#include "tests/property/model_scoring.h"
#include "tests/property/random_rule_text.h"
#include "tests/support/naive_rules.h"
#include "tests/support/owned_entry.h"

namespace leadpulse::view::long_journal_property_test {

using leadpulse::testing::BothDefinitions;
using leadpulse::testing::BothLeads;
using leadpulse::testing::CheckScore;
using leadpulse::testing::FieldsOf;
using leadpulse::testing::LoadBoth;
using leadpulse::testing::ModelScore;
using leadpulse::testing::NaiveHolds;
using leadpulse::testing::OwnedEntriesOf;
using leadpulse::testing::RandomEntry;
using leadpulse::testing::RandomScoringDefinitions;
using rc::gen::element;
using rules::Place;
using rules::Random;

// Checks the status as if only soft bounces made an address unsendable.
void CheckSoftBounces(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  // The facts of late events cannot be left out here.
  if (facts.lead->journal.kept_facts() != nullptr) return;
  state::EngagementTotals totals = *facts.totals;
  totals.hard_bounces = totals[EventType::kUnsubscribe] = totals[EventType::kComplaint] = {};
  const Instant sign_of_life = state::FactsOfTotals(totals).sign_of_life;
  const auto counts = [&](const state::JournalEntry& entry) {
    return entry.type == EventType::kBounce && entry.bounce_kind == BounceKind::kSoft && entry.effective() &&
           entry.occurred_at > sign_of_life;
  };
  const bool bounced =
      std::ranges::count_if(facts.lead->journal.entries(), counts) >= definitions.lifecycle.soft_bounce_limit;
  RC_ASSERT((EvaluateMailStatus(*facts.lead, totals, definitions).email_status == EmailStatus::kBounced) == bounced);
}

rules::Rule Compile(const std::string& text, const config::TenantDefinitions& definitions) {
  auto parsed = rules::ParseRule(text);
  auto& rule = std::get<rules::Rule>(parsed);
  const std::vector<std::string> segments;
  const rules::CheckResult checked = rules::CheckRule({&definitions.fields, &definitions.event_properties, &segments,
                                                       &definitions.calendar, false, &definitions.topic_indexes},
                                                      &rule);
  RC_ASSERT(checked.errors.empty());
  return std::move(rule);
}

// Compares rules that stay while the journal changes, and so have cached results, with freshly compiled ones. Returns
// the next timer of one of them.
Instant CheckKept(const std::vector<rules::Rule>& rules, const config::TenantDefinitions& definitions,
                  const rules::Facts& facts) {
  const state::Lead copy = *facts.lead;
  rules::Facts of_copy = facts;
  of_copy.lead = &copy;
  Instant timer = Instant::Never();
  for (const rules::Rule& rule : rules) {
    const rules::Answer kept = rules::Evaluate(*rule.root, facts);
    const rules::Answer fresh = rules::Evaluate(*Compile(rule.source, definitions).root, of_copy);
    RC_LOG(rule.source + "\n");
    RC_ASSERT(kept.holds == fresh.holds);
    RC_ASSERT(kept.next_change_at == fresh.next_change_at);
    if (kept.next_change_at != Instant::Never() && Random(0, 2) == 0) timer = kept.next_change_at;
  }
  return timer;
}

void CheckRule(const Place& place, const config::TenantDefinitions& definitions, const rules::Facts& facts) {
  const std::string text = rules::RandomRule(place, Random(0, 2));
  RC_LOG(text + "\n");
  const rules::Rule rule = Compile(text, definitions);
  RC_ASSERT(rules::Evaluate(*rule.root, facts).holds == NaiveHolds(*rule.root, facts));
  RC_ASSERT(rules::Holds(*rule.root, facts) == NaiveHolds(*rule.root, facts));
}

// Checks that a new lead with the same entries has the same view, whatever this lead has cached.
void CheckAgainstNew(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant now) {
  state::Lead same;
  same.key = lead.key;
  const auto entries = OwnedEntriesOf(lead.journal.entries());
  same.journal = state::Journal(FieldsOf(entries), lead.journal.folded());
  if (const state::StatusFacts* kept = lead.journal.kept_facts()) same.journal.SetFacts(*kept);
  RC_ASSERT(same.journal == lead.journal);
  const View kept = EvaluateView(lead, definitions, now);
  const View made = EvaluateView(same, definitions, now);
  RC_ASSERT(kept.published == made.published);
  RC_ASSERT(kept.quality == made.quality);
  RC_ASSERT(kept.next_change_at == made.next_change_at);
}

RC_GTEST_PROP(LongJournalProperty, IsEvaluatedAsEachEntryTells, ()) {
  const Place place = *element(rules::kPlaces[0], rules::kPlaces[1]);
  const int64_t bound = *element(70, 100, 1000);
  const BothDefinitions usual = LoadBoth(RandomScoringDefinitions(place, bound));
  const BothDefinitions others = LoadBoth(RandomScoringDefinitions(place, bound));
  const config::TenantDefinitions& definitions = usual.product();
  const Instant middle = definitions.calendar.StartOf(ParseDay(place.middle).value());
  BothLeads leads;
  const state::Lead& lead = leads.product;
  std::vector<rules::Rule> rules;
  for (int i = Random(1, 6); i-- > 0;) rules.push_back(Compile(rules::RandomDid(place), definitions));
  Instant now = middle;
  Instant timer = middle;
  for (int i = 0; i < 180; ++i) {
    leads.Add(RandomEntry(middle, i, lead.journal), usual);
    if (i < 60 || Random(0, 4) == 0) continue;
    const state::EngagementTotals totals = lead.journal.Totals();
    now = *element(rules::RandomInstantNear(middle), now, now + Millis{Random(0, 4) * 1'800'000}, timer,
                   timer - Millis{1}, lead.journal.entries().back().occurred_at + Millis{Random(-1, 72) * 3'600'000});
    const BothDefinitions& scored = Random(0, 9) == 0 ? others : usual;
    CheckScore(ModelScore(leads.model, scored.model), FactsOf(lead, totals, scored.product(), now), scored.product());
    const rules::Facts facts = FactsOf(lead, totals, definitions, now);
    CheckSoftBounces(facts, definitions);
    const Instant next_change_at = CheckKept(rules, definitions, facts);
    if (next_change_at != Instant::Never()) timer = next_change_at;
    if (i % 8 == 0) CheckRule(place, definitions, facts);
    CheckAgainstNew(lead, definitions, now);
  }
}

}  // namespace leadpulse::view::long_journal_property_test
