#include "processor/query/leads/lead_timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/lead_examples.h"

namespace leadpulse::query {
namespace {

using state::EditKind;
using ::testing::ElementsAre;

TEST(LeadTimelineTest, EditsOfNamesSayWhatChangedAndByWhom) {
  state::Lead lead;
  lead.profile.extras.Get().edits = {{EditKind::kAttributes, testing::AtMinute(1), "kim", "+company_name\n-phone"},
                                     {EditKind::kTags, testing::AtMinute(2), "kim", "+a \"b\"\n-cold"},
                                     {EditKind::kLists, testing::AtMinute(3), "", "+News…"},
                                     {EditKind::kCampaigns, testing::AtMinute(4), "crm", "-Spring"}};
  std::vector<std::string> entries;
  for (const TimelineEntry& entry : TimelineOf(lead, {})) AppendTimelineEntry(lead, entry, &entries.emplace_back());
  EXPECT_THAT(
      entries,
      ElementsAre(
          R"({"at":"2026-01-01T00:04:00Z","kind":"campaigns","campaigns":{"added":[],"removed":["Spring"],)"
          R"("at":"2026-01-01T00:04:00Z","actor":"crm"}})",
          R"({"at":"2026-01-01T00:03:00Z","kind":"lists","lists":{"added":["News…"],"removed":[],)"
          R"("at":"2026-01-01T00:03:00Z","actor":""}})",
          R"({"at":"2026-01-01T00:02:00Z","kind":"tags","tags":{"added":["a \"b\""],"removed":["cold"],)"
          R"("at":"2026-01-01T00:02:00Z","actor":"kim"}})",
          R"({"at":"2026-01-01T00:01:00Z","kind":"attributes","attributes":{"set":["company_name"],"unset":["phone"],)"
          R"("at":"2026-01-01T00:01:00Z","actor":"kim"}})"));
}

}  // namespace
}  // namespace leadpulse::query
