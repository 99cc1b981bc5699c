// Long journals are evaluated by the kinds kept of their entries, and the score by marks of what counted before:
// whatever comes, late, taken back or as others fold, under whichever definitions, the answer is what a look at each
// entry gives.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "config/definitions_loader.h"
#include "processor/rules/checker.h"
#include "processor/rules/parser.h"
#include "processor/view/email_status.h"
#include "processor/view/score.h"
#include "processor/view/view.h"
#include "tests/property/random_rule_text.h"
#include "tests/support/naive_rules.h"
#include "tests/support/owned_entry.h"

namespace leadpulse::view {
namespace {

using leadpulse::testing::NaiveHolds;
using leadpulse::testing::OwnedEntry;
using rc::gen::element;
using rules::Pick;
using rules::Place;
using rules::Random;

// The points tell it from others.
std::string LimitedRule() {
  return "        - {event: " + Pick({"sent", "open", "click"}) + ", points: " + std::to_string(Random(-900, 900)) +
         ", limit: {count: " + std::to_string(Random(1, 9)) +
         ", per: " + Pick({"message", "campaign", "day", "lifetime"}) + "}" +
         Pick({"", ", decay: {percent: 40, every: 6h}", ", decay: {percent: 100, every: 3d}"}) +
         Pick({"", "", ", expires_after: 2d"}) + "}\n";
}

std::string RandomDefinitions(const Place& place, int bound) {
  return "tenants:\n  \"*\":\n    timezone: " + std::string(place.zone) +
         "\n    fields: {since: date}\n    event_properties: {total: number}\n    scoring:\n      rules:\n"
         "        - {event: open, points: 1}\n"
         "        - {event: bounce, bounce: soft, points: 10}\n"
         "        - {event: bounce, bounce: hard, points: 100}\n"
         "        - {event: click, name: a, points: 1000}\n"
         "        - {event: click, campaign: c, points: 10000}\n"
         "        - {match: 'MACHINE click', points: 100000}\n"
         "        - {match: 'ANY send WHERE total > 1', points: 1000000}\n"
         "        - {event: open, points: 3, expires_after: 2d}\n"
         "        - {event: sent, points: 8, decay: {percent: 50, every: 1d}}\n"
         "        - {event: click, points: 7, limit: {count: 1, per: day}}\n" +
         LimitedRule() + LimitedRule() + LimitedRule() +
         "      reset_on: " + Pick({"[]", "[unsubscribe]", "[unsubscribe, complaint]"}) +
         "\n    tiers: [{name: cold}]\n    lifecycle: {soft_bounce_limit: " + std::to_string(Random(1, 4)) +
         "}\n    journal: {max_entries: " + std::to_string(bound) + "}\n";
}

// Most are later than those before.
OwnedEntry RandomEntry(Instant middle, int number, const state::Journal& journal) {
  OwnedEntry entry;
  entry.type = *element(EventType::kSent, EventType::kOpen, EventType::kClick, EventType::kBounce, EventType::kBounce,
                        EventType::kRetract);
  if (Random(0, 40) == 0) entry.type = *element(EventType::kUnsubscribe, EventType::kComplaint);
  entry.occurred_at = rules::RandomInstantNear(middle);
  if (Random(0, 20) != 0 && !journal.entries().empty()) {
    entry.occurred_at = journal.entries().back().occurred_at + Millis{Random(0, 4) * 1'800'000};
  }
  entry.event_id = "e" + std::to_string(number);
  entry.bounce_kind = *element(BounceKind::kHard, BounceKind::kSoft);
  entry.machine = Random(0, 5) == 0;
  entry.name = Pick({"", "a", "A", "b"});
  entry.message_id = Pick({"", "m", "n"});
  entry.campaign_id = Pick({"", "c", "C", "d"});
  if (entry.type == EventType::kRetract) entry.retracts = "e" + std::to_string(Random(0, 2 * number + 1));
  if (Random(0, 3) == 0) entry.properties = {{"total", Random(0, 4) * 1.0}};
  return entry;
}

Instant PlainResetAt(const state::Journal& journal, const config::TenantDefinitions& definitions) {
  Instant latest = Instant::DistantPast();
  for (const state::JournalEntry& entry : journal.entries()) {
    if (definitions.reset_on.Contains(entry.type) && entry.effective()) latest = std::max(latest, entry.occurred_at);
  }
  return latest;
}

// As if there were nothing but soft bounces that made an address one not to send to.
void CheckSoftBounces(const rules::Facts& facts, const config::Lifecycle& lifecycle) {
  state::EngagementTotals totals = *facts.totals;
  totals.hard_bounces = totals[EventType::kUnsubscribe] = totals[EventType::kComplaint] = {};
  const Instant proof = LastProofOfDelivery(totals);
  const auto counts = [&](const state::JournalEntry& entry) {
    return entry.type == EventType::kBounce && entry.bounce_kind == BounceKind::kSoft && entry.effective() &&
           entry.occurred_at > proof;
  };
  const bool bounced = std::ranges::count_if(facts.lead->journal.entries(), counts) >= lifecycle.soft_bounce_limit;
  RC_ASSERT((EvaluateEmailStatus(*facts.lead, totals, lifecycle) == EmailStatus::kBounced) == bounced);
}

void CheckScore(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  const ScoreExplanation explanation = ExplainScore(facts, definitions);
  RC_ASSERT(explanation.reset_at == PlainResetAt(facts.lead->journal, definitions));
  Instant next_flip = Instant::Never();
  for (const Contribution& part : explanation.contributions) next_flip = std::min(next_flip, part.changes_at);
  const ScoreResult score = EvaluateScore(facts, definitions);
  RC_ASSERT(score.score == explanation.score);
  RC_ASSERT(score.next_flip == next_flip);
}

rules::Rule Compile(const std::string& text, const config::TenantDefinitions& definitions) {
  auto parsed = rules::ParseRule(text);
  auto& rule = std::get<rules::Rule>(parsed);
  const std::vector<std::string> segments;
  const rules::CheckResult checked = rules::CheckRule(
      {&definitions.fields, &definitions.event_properties, &segments, &definitions.calendar, false}, &rule);
  RC_ASSERT(checked.errors.empty());
  return std::move(rule);
}

// Of rules that stay while the journal changes, it keeps answers. Of one that is compiled anew none is kept. The next
// flip of one of them.
Instant CheckKept(const std::vector<rules::Rule>& rules, const config::TenantDefinitions& definitions,
                  const rules::Facts& facts) {
  const state::Lead copy = *facts.lead;
  rules::Facts of_copy = facts;
  of_copy.lead = &copy;
  Instant flip = Instant::Never();
  for (const rules::Rule& rule : rules) {
    const rules::Answer kept = rules::Evaluate(*rule.root, facts);
    const rules::Answer anew = rules::Evaluate(*Compile(rule.source, definitions).root, of_copy);
    RC_LOG(rule.source + "\n");
    RC_ASSERT(kept.holds == anew.holds);
    RC_ASSERT(kept.next_flip == anew.next_flip);
    if (kept.next_flip != Instant::Never() && Random(0, 2) == 0) flip = kept.next_flip;
  }
  return flip;
}

void CheckRule(const Place& place, const config::TenantDefinitions& definitions, const rules::Facts& facts) {
  const std::string text = rules::RandomRule(place, Random(0, 2));
  RC_LOG(text + "\n");
  const rules::Rule rule = Compile(text, definitions);
  RC_ASSERT(rules::Evaluate(*rule.root, facts).holds == NaiveHolds(*rule.root, facts));
  RC_ASSERT(rules::Holds(*rule.root, facts) == NaiveHolds(*rule.root, facts));
}

RC_GTEST_PROP(LongJournalProperty, IsEvaluatedAsEachEntryTells, ()) {
  const Place place = *element(rules::kPlaces[0], rules::kPlaces[1]);
  const int bound = *element(70, 100, 1000);
  const config::LoadedDefinitions loaded = config::LoadDefinitions(RandomDefinitions(place, bound));
  const config::LoadedDefinitions others = config::LoadDefinitions(RandomDefinitions(place, bound));
  if (loaded.definitions == nullptr) RC_FAIL(loaded.errors.front().message);
  if (others.definitions == nullptr) RC_FAIL(others.errors.front().message);
  const config::TenantDefinitions& definitions = loaded.definitions->For("acme");
  const Instant middle = definitions.calendar.StartOf(ParseDay(place.middle).value());
  state::Lead lead;
  lead.key = {"acme", "lead-1"};
  std::vector<rules::Rule> rules;
  for (int i = Random(1, 6); i-- > 0;) rules.push_back(Compile(rules::RandomDid(place), definitions));
  Instant now = middle;
  Instant flip = middle;
  for (int i = 0; i < 130; ++i) {
    lead.journal.Add(RandomEntry(middle, i, lead.journal), definitions.journal_max_entries);
    if (i < 60 || Random(0, 4) == 0) continue;
    const state::EngagementTotals totals = lead.journal.Totals();
    now = *element(rules::RandomInstantNear(middle), now, now + Millis{Random(0, 4) * 1'800'000}, flip,
                   flip - Millis{1}, lead.journal.entries().back().occurred_at + Millis{Random(-1, 72) * 3'600'000});
    const config::TenantDefinitions& of_score = Random(0, 9) == 0 ? others.definitions->For("acme") : definitions;
    CheckScore(FactsOf(lead, totals, of_score, now), of_score);
    const rules::Facts facts = FactsOf(lead, totals, definitions, now);
    CheckSoftBounces(facts, definitions.lifecycle);
    const Instant next_flip = CheckKept(rules, definitions, facts);
    if (next_flip != Instant::Never()) flip = next_flip;
    if (i % 8 == 0) CheckRule(place, definitions, facts);
  }
}

}  // namespace
}  // namespace leadpulse::view
