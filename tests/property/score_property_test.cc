// The score by numbers and with every shortcut that avoids a walk through the journal. Each gives the same as each
// entry by itself. Journals are short, so that entries fold; another order of arrival may then give another score, so
// this is not one of the promises.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

#include "tests/support/engine_driver.h"
#include "tests/support/random_history.h"

namespace leadpulse::testing::score_property_test {

constexpr int64_t kOpen = 3, kClick = 50, kHardBounce = -700, kSoftBounce = 11'000, kReplyOfADay = 200'000;

std::string Definitions(int max_entries, bool resets) {
  const auto rule = [](const std::string& what, int64_t points) {
    return "\n        - {event: " + what + ", points: " + std::to_string(points) + "}";
  };
  return "tenants:\n  acme:\n    journal: {max_entries: " + std::to_string(max_entries) +
         "}\n    scoring:" + (resets ? "\n      reset_on: [unsubscribe]" : "") +
         "\n      rules:" + rule("open", kOpen) + rule("click", kClick) + rule("bounce, bounce: hard", kHardBounce) +
         rule("bounce, bounce: soft", kSoftBounce) + rule("reply, expires_after: 1d", kReplyOfADay) +
         "\n    tiers: [{name: all}]\n";
}

int64_t PointsOf(const state::JournalEntry& entry, Instant now) {
  switch (entry.type) {
    case EventType::kOpen:
      return kOpen;
    case EventType::kClick:
      return kClick;
    case EventType::kBounce:
      return entry.bounce_kind == BounceKind::kSoft ? kSoftBounce : kHardBounce;
    case EventType::kReply:
      return now < entry.occurred_at + std::chrono::days(1) ? kReplyOfADay : 0;
    default:
      return 0;
  }
}

int64_t NaiveScore(const state::Journal& journal, bool resets, Instant now) {
  Instant reset_at = Instant::DistantPast();
  for (const state::JournalEntry& entry : journal.entries()) {
    const bool is_reset = resets && entry.type == EventType::kUnsubscribe && entry.effective();
    if (is_reset) reset_at = std::max(reset_at, entry.occurred_at);
  }
  int64_t score = 0;
  for (const state::JournalEntry& entry : journal.entries()) {
    if (entry.effective() && entry.occurred_at > reset_at) score += PointsOf(entry, now);
  }
  return score;
}

TEST(ScoreProperty, TheScoreIsWhatEachEntryHeldGives) {
  int folded = 0, tried = 0;
  EXPECT_TRUE(rc::check("after each record the score is the sum over the entries", [&] {
    const bool resets = *rc::gen::arbitrary<bool>();
    EngineDriver driver(Definitions(*rc::gen::inRange(1, 9), resets));
    const auto& rules = *driver.DefinitionsFor("acme").scoring;
    RC_ASSERT(std::ranges::count_if(rules, [](const config::ScoringRule& rule) { return rule.by_count; }) == 4);
    for (const HistoryRow& row : *AnyHistory()) {
      driver.Feed(ToJson(row));
      driver.AdvanceTo(driver.clock());
      const std::optional<state::Lead> lead = driver.FindLead(HistoryLead(row.lead));
      if (!lead) continue;
      RC_ASSERT(lead->view.score == NaiveScore(lead->journal, resets, driver.clock()));
      folded += lead->journal.has_folded();
      ++tried;
    }
  }));
  EXPECT_GT(folded, tried / 10) << "too few folded journals to tell";
}

}  // namespace leadpulse::testing::score_property_test
