// The promises P1–P6 over random histories.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <string>
#include <vector>

#include "processor/view/explanation.h"
#include "tests/support/engine_driver.h"
#include "tests/support/random_history.h"

namespace leadpulse::testing::promises_test {

using codec::ChangeKind;

constexpr Instant kEnd{1'741'435'200'000 + int64_t{20} * 86'400'000};

// Feeds the rows and fires the timers due at the final clock.
void FeedAll(const std::vector<HistoryRow>& rows, EngineDriver* driver) {
  for (const HistoryRow& row : rows) driver->Feed(ToJson(row));
  driver->AdvanceTo(driver->clock());
}

// Returns the rows of all leads at kEnd, without sequence numbers, which count the published changes.
std::vector<std::string> FinalRows(EngineDriver* driver) {
  driver->AdvanceTo(kEnd);
  std::vector<std::string> rows;
  for (const LeadKey& key : driver->Leads()) {
    std::string row = driver->Row(key);
    const size_t begin = row.find("\"seq\":");
    row.erase(begin, row.find(',', begin) - begin);
    rows.push_back(row);
  }
  return rows;
}

// Makes the same event id always mean the same event, as producers promise.
std::vector<HistoryRow> OneEventAnId(std::vector<HistoryRow> rows) {
  std::set<std::tuple<int, HistoryRow::Kind, int>> seen;
  std::erase_if(rows, [&](const HistoryRow& row) { return !seen.insert({row.lead, row.kind, row.id}).second; });
  return rows;
}

bool Holds(const char* what, const auto& property) { return rc::check(what, property); }

TEST(Promises, P1OrderAndDuplicatesDoNotMatter) {
  EXPECT_TRUE(Holds("any order and number of the same events gives the same view", [] {
    const int variant = *rc::gen::inRange(0, kHistoryDefinitionVariants);
    const std::vector<HistoryRow> rows = OneEventAnId(*AnyEvents());
    std::vector<HistoryRow> shuffled = rows;
    for (size_t i = shuffled.size(); i > 1; --i) {
      std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<size_t>(0, i)]);
    }
    shuffled.insert(shuffled.end(), rows.begin(), rows.begin() + *rc::gen::inRange<size_t>(0, rows.size() + 1));
    EngineDriver in_order(HistoryDefinitions(variant));
    EngineDriver disordered(HistoryDefinitions(variant));
    FeedAll(rows, &in_order);
    FeedAll(shuffled, &disordered);
    RC_ASSERT(FinalRows(&in_order) == FinalRows(&disordered));
  }));
}

// The facts about a lead that a consumer of the changes knows.
struct Believed {
  std::string tier;
  std::string score = "0";
  std::set<std::string> segments;

  void Follow(const codec::Change& change) {
    if (change.kind == ChangeKind::kTierChanged) tier = change.to;
    if (change.kind == ChangeKind::kScoreChanged) score = change.to;
    if (change.kind == ChangeKind::kSegmentEntered) segments.insert(change.name);
    if (change.kind == ChangeKind::kSegmentLeft) segments.erase(change.name);
  }
};

Believed TruthAt(EngineDriver* driver, const LeadKey& key, Instant at) {
  const config::TenantDefinitions& definitions = driver->DefinitionsFor(key.tenant);
  const view::View view = driver->ViewAt(key, at);
  Believed truth;
  truth.tier = definitions.tiers[view.published.tier].name;
  truth.score = std::to_string(view.published.score);
  for (uint32_t index : view.published.segments) truth.segments.insert(definitions.segments[index].id);
  return truth;
}

void AssertSame(const Believed& believed, const Believed& truth) {
  RC_ASSERT(believed.tier == truth.tier);
  RC_ASSERT(believed.score == truth.score);
  RC_ASSERT(believed.segments == truth.segments);
}

TEST(Promises, P2ChangesByTimeHappenAtTheirMillisecond) {
  EXPECT_TRUE(Holds("between two changes nothing changes, and each change comes at its instant", [] {
    EngineDriver driver(HistoryDefinitions(*rc::gen::inRange(0, kHistoryDefinitionVariants)));
    FeedAll(*AnyHistory(), &driver);
    const Instant quiet_from = driver.clock();
    driver.AdvanceTo(kEnd);
    for (const LeadKey& key : driver.Leads()) {
      Believed believed;
      believed.tier = driver.DefinitionsFor(key.tenant).tiers.back().name;
      Instant last = quiet_from;
      for (const codec::Change& change : driver.changes()) {
        if (change.key != key) continue;
        if (change.cause.kind == codec::CauseKind::kTime && change.at > quiet_from && change.at > last) {
          AssertSame(believed, TruthAt(&driver, key, change.at - Millis{1}));
          last = change.at;
        }
        believed.Follow(change);
      }
      for (int64_t hour = 0; hour < 20 * 24; hour += 7) {  // and nothing was missed in between
        const Instant at = quiet_from + Millis{hour * 3'600'000};
        if (at > last) AssertSame(believed, TruthAt(&driver, key, at));
      }
    }
  }));
}

using PublishedRow = std::tuple<uint64_t, int, std::string, std::string, std::string, int64_t>;

std::vector<PublishedRow> Published(const EngineDriver& driver, const LeadKey& key) {
  std::vector<PublishedRow> published;
  for (const codec::Change& change : driver.changes()) {
    if (change.key != key) continue;
    published.emplace_back(change.seq.value, static_cast<int>(change.kind), change.name, change.from, change.to,
                           change.at.millis);
  }
  return published;
}

// The live mode fires timers in parts if many are due at once.
TEST(Promises, P2TimersFiredInPartsAreThoseFiredAtOnce) {
  EXPECT_TRUE(Holds("each lead's timers are the same, however few fire between records, commits and restarts", [] {
    const std::string definitions = HistoryDefinitions(*rc::gen::inRange(0, kHistoryDefinitionVariants));
    EngineDriver at_once(definitions);
    EngineDriver in_parts(definitions);
    for (const HistoryRow& row : *AnyHistory()) {
      at_once.Feed(ToJson(row));
      in_parts.Feed(ToJson(row));
      const Instant now = at_once.clock() + std::chrono::hours(*rc::gen::inRange(0, 48));
      at_once.AdvanceTo(now);
      for (int parts = *rc::gen::inRange(1, 3); parts > 0; --parts) {
        in_parts.AdvanceTo(now, *rc::gen::inRange<size_t>(1, 3));
      }
      if (*rc::gen::inRange(0, 3) == 0) in_parts.Commit();
      if (*rc::gen::inRange(0, 6) == 0) in_parts.Restart();
    }
    in_parts.AdvanceTo(in_parts.clock());
    RC_ASSERT(in_parts.changes().size() == at_once.changes().size());
    for (int lead = 0; lead < kHistoryLeads; ++lead) {
      RC_ASSERT(Published(in_parts, HistoryLead(lead)) == Published(at_once, HistoryLead(lead)));
    }
  }));
}

TEST(Promises, P3SequencesAreGaplessAndReplaysPublishNothing) {
  EXPECT_TRUE(Holds("any prefix again publishes nothing, restarts change nothing", [] {
    const std::string definitions = HistoryDefinitions(*rc::gen::inRange(0, kHistoryDefinitionVariants));
    std::vector<HistoryRow> rows = OneEventAnId(*AnyHistory());
    EngineDriver once(definitions);
    EngineDriver again(definitions);
    FeedAll(rows, &once);
    for (const HistoryRow& row : rows) {
      again.Feed(ToJson(row));
      if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) again.Restart();
    }
    again.AdvanceTo(again.clock());
    const size_t published = again.changes().size();
    rows.resize(*rc::gen::inRange<size_t>(0, rows.size() + 1));
    FeedAll(rows, &again);
    FeedAll(rows, &again);
    RC_ASSERT(again.changes().size() == published);
    for (int lead = 0; lead < kHistoryLeads; ++lead) {
      const auto changes = Published(once, HistoryLead(lead));
      RC_ASSERT(changes == Published(again, HistoryLead(lead)));
      for (size_t i = 0; i < changes.size(); ++i) RC_ASSERT(std::get<0>(changes[i]) == i + 1);
    }
  }));
}

TEST(Promises, P4EveryAnswerIsExplained) {
  EXPECT_TRUE(Holds("contributions add up, rules agree with their first line, announced changes come true", [] {
    EngineDriver driver(HistoryDefinitions(*rc::gen::inRange(0, kHistoryDefinitionVariants)));
    FeedAll(*AnyHistory(), &driver);
    for (const LeadKey& key : driver.Leads()) {
      const std::optional<state::Lead> lead = driver.FindLead(key);
      const config::TenantDefinitions& definitions = driver.DefinitionsFor(key.tenant);
      const view::Explanation explanation = view::Explain(*lead, definitions, driver.clock());
      int64_t sum = 0;
      for (const view::Contribution& part : explanation.score.contributions) sum += part.points;
      RC_ASSERT(sum == explanation.score.sum);
      RC_ASSERT(explanation.score.score == (explanation.score.excluded ? 0 : sum));
      RC_ASSERT(explanation.score.score == explanation.view.published.score);
      for (const view::SegmentExplanation& segment : explanation.segments) {
        RC_ASSERT(segment.lines.front().holds == segment.holds);
        if (segment.changes_at == Instant::Never()) continue;
        const std::string& id = definitions.segments[segment.segment].id;
        RC_ASSERT(TruthAt(&driver, key, segment.changes_at - Millis{1}).segments.contains(id) == segment.holds);
        RC_ASSERT(TruthAt(&driver, key, segment.changes_at).segments.contains(id) != segment.holds);
      }
      const auto check_change = [&](Instant at, auto to, const auto& value_of) {
        if (at == Instant::Never()) return;
        RC_ASSERT(value_of(driver.ViewAt(key, at - Millis{1})) == value_of(explanation.view));
        RC_ASSERT(value_of(driver.ViewAt(key, at)) == to);
        RC_ASSERT(value_of(explanation.view) != to);
      };
      check_change(explanation.score_changes_at, explanation.score_changes_to,
                   [](const view::View& view) { return view.published.score; });
      check_change(explanation.tier_changes_at, explanation.tier_changes_to,
                   [](const view::View& view) { return view.published.tier; });
      check_change(explanation.quality_changes_at, explanation.quality_changes_to,
                   [](const view::View& view) { return view.quality; });
    }
  }));
}

TEST(Promises, P5ARetractedEventLeavesNoTrace) {
  EXPECT_TRUE(Holds("an event and its retraction, in any order, leave the view as if neither had come", [] {
    const std::string definitions = HistoryDefinitions(*rc::gen::inRange(0, kHistoryDefinitionVariants));
    const std::vector<HistoryRow> rows = *AnyHistory();
    RC_PRE(!rows.empty());
    HistoryRow taken_back = *AnyEvent();
    taken_back.kind = HistoryRow::Kind::kEvent;
    taken_back.lead = rows.front().lead;  // a lead that also exists without it
    taken_back.id = 100;
    HistoryRow retraction = taken_back;
    retraction.kind = HistoryRow::Kind::kRetract;
    retraction.target = 100;
    std::vector<HistoryRow> with = rows;
    with.insert(with.begin() + *rc::gen::inRange<size_t>(0, with.size() + 1), taken_back);
    with.insert(with.begin() + *rc::gen::inRange<size_t>(0, with.size() + 1), retraction);
    EngineDriver clean(definitions);
    EngineDriver retracted(definitions);
    FeedAll(rows, &clean);
    FeedAll(with, &retracted);
    RC_ASSERT(FinalRows(&clean) == FinalRows(&retracted));
  }));
}

TEST(Promises, P6OneEvaluatorForLiveAndReevaluation) {
  EXPECT_TRUE(Holds("leads re-evaluated under definitions equal leads that always lived under them", [] {
    const int before = *rc::gen::inRange(0, kHistoryDefinitionVariants);
    const int after = *rc::gen::inRange(0, kHistoryDefinitionVariants);
    const std::vector<HistoryRow> rows = *AnyHistory();
    EngineDriver redefined(HistoryDefinitions(before));
    EngineDriver always(HistoryDefinitions(after));
    FeedAll(rows, &redefined);
    redefined.Redefine(HistoryDefinitions(after));
    FeedAll(rows, &always);
    RC_ASSERT(FinalRows(&redefined) == FinalRows(&always));
    for (const LeadKey& key : redefined.Leads()) {
      const std::optional<state::Lead> lead = redefined.FindLead(key);
      RC_ASSERT(lead->view == redefined.ViewAt(key, kEnd).published);
    }
  }));
}

}  // namespace leadpulse::testing::promises_test
