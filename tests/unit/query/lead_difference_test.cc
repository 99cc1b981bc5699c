// The differences of a lead, and their causes.
#include "processor/query/diff/lead_difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "config/definitions_loader.h"
#include "processor/query/diff/state_diff.h"
#include "tests/support/lead_examples.h"

namespace leadpulse::query::lead_difference_test {

using testing::AtMinute;
using testing::Entry;
using testing::OwnedEntry;

constexpr size_t kMaxEntries = 1000;
constexpr char kPlain[] = R"(
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5}]}
    tiers: [{name: hot, at_least: 6}, {name: cold}]
    segments: [{id: clickers, name: Clickers, rule: 'DID click'}, {id: tagged, name: Tagged, rule: 'HAS TAG "vip"'}]
)";
// A click is worth fewer points, and there is another segment.
constexpr char kOther[] = R"(
tenants:
  "*":
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 3}]}
    tiers: [{name: hot, at_least: 6}, {name: cold}]
    segments:
      - {id: clickers, name: Clickers, rule: 'DID click'}
      - {id: openers, name: Openers, rule: 'DID open'}
      - {id: tagged, name: Tagged, rule: 'HAS TAG "vip"'}
)";

std::shared_ptr<const config::Definitions> Load(const std::string& yaml) {
  config::LoadedDefinitions loaded = config::LoadDefinitions(yaml);
  EXPECT_TRUE(loaded.errors.empty());
  return loaded.definitions;
}

state::Lead LeadWith(const std::vector<OwnedEntry>& entries) {
  state::Lead lead;
  lead.key = {"acme", "ann"};
  for (const OwnedEntry& entry : entries) lead.journal.Add(entry, kMaxEntries);
  return lead;
}

std::vector<OwnedEntry> OpenAndClick() {
  return {Entry(EventType::kOpen, 1, "open-1"), Entry(EventType::kClick, 2, "click-1")};
}

std::optional<LeadDifference> Compare(const state::Lead& left, const state::Lead& right, const char* left_yaml = kPlain,
                                      const char* right_yaml = kPlain) {
  const auto left_definitions = Load(left_yaml);
  const auto right_definitions = Load(right_yaml);
  const Instant at = AtMinute(60);
  return CompareLeads(SeeLead(left, left_definitions->For("acme"), at), left_definitions->For("acme"),
                      SeeLead(right, right_definitions->For("acme"), at), right_definitions->For("acme"),
                      left_definitions->version == right_definitions->version, at);
}

// Describes the differences in order: `score 6 5 by history`, `segment clickers left by history`.
std::vector<std::string> Seen(const LeadDifference& difference) {
  const auto by = [](const Causes& causes) {
    return std::string(causes.history ? " history" : "") + (causes.definitions ? " definitions" : "");
  };
  std::vector<std::string> lines;
  for (const ViewField& field : difference.fields) {
    lines.push_back(std::string(field.name) + " " + field.left + " " + field.right + by(field.causes));
  }
  for (const SegmentDifference& segment : difference.segments) {
    lines.push_back(segment.id + (segment.in_left ? " left" : " right") + by(segment.causes));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LeadDifference, TheSameEventsInAnyOrderMakeNone) {
  std::vector<OwnedEntry> entries;
  for (int i = 0; i < 40; ++i) {
    entries.push_back(Entry(i % 3 == 0 ? EventType::kClick : EventType::kOpen, i % 7, "e" + std::to_string(i)));
  }
  entries.push_back(testing::Retract(9, "r-1", "e3"));
  const state::Lead wanted = LeadWith(entries);
  std::mt19937 random(20261121);
  for (int round = 0; round < 20; ++round) {
    std::vector<OwnedEntry> shuffled = entries;
    shuffled.insert(shuffled.end(), entries.begin(), entries.begin() + round);  // some twice
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    state::Lead lead = LeadWith(shuffled);
    // The published changes depend on the order, and are no difference.
    lead.last_seq = {static_cast<uint64_t>(round)};
    lead.definitions_number = {static_cast<uint32_t>(round)};
    EXPECT_FALSE(Compare(wanted, lead).has_value());
  }
}

TEST(LeadDifference, AnEventThatOnlyOneHasIsNamedWithWhatItChanges) {
  std::vector<OwnedEntry> fewer = OpenAndClick();
  fewer.pop_back();
  const auto difference = Compare(LeadWith(OpenAndClick()), LeadWith(fewer));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->history.events_left.first, Lines{"click-1"});
  EXPECT_EQ(difference->history.events_right.count, 0u);
  EXPECT_EQ(Seen(*difference), (Lines{"score 6 1 history", "tier hot cold history", "stage engaged contacted history",
                                      "status engaged contacted history", "clickers left history"}));
}

TEST(LeadDifference, OneThatChangesNothingOfTheViewIsADifferenceAllTheSame) {
  std::vector<OwnedEntry> more = OpenAndClick();
  more.push_back(Entry(EventType::kSent, 0, "sent-1"));
  const auto difference = Compare(LeadWith(OpenAndClick()), LeadWith(more));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->history.events_right.first, Lines{"sent-1"});
  EXPECT_EQ(Seen(*difference), Lines{});
}

TEST(LeadDifference, OnlyTheFirstIdsAreNamedAndAllAreCounted) {
  std::vector<OwnedEntry> many = OpenAndClick();
  for (int i = 9; i > 3; --i) many.push_back(Entry(EventType::kSent, i, "sent-" + std::to_string(i)));
  const auto difference = Compare(LeadWith(OpenAndClick()), LeadWith(many));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->history.events_right.count, 6u);
  EXPECT_EQ(difference->history.events_right.first, (Lines{"sent-4", "sent-5", "sent-6"}));
}

TEST(LeadDifference, OneIdWithOtherContentIsNotTwoEvents) {
  std::vector<OwnedEntry> moved = OpenAndClick();
  moved[0].occurred_at = AtMinute(30);
  std::vector<OwnedEntry> with_property = OpenAndClick();
  with_property[0].properties = {{"total", 5.0}};
  for (const auto& other : {moved, with_property}) {
    const auto difference = Compare(LeadWith(OpenAndClick()), LeadWith(other));
    ASSERT_TRUE(difference.has_value());
    EXPECT_EQ(difference->history.events_other.first, Lines{"open-1"});
    EXPECT_EQ(difference->history.events_left.count + difference->history.events_right.count, 0u);
  }
}

// The mark on the retracted event is not a second difference.
TEST(LeadDifference, ARetractionThatOnlyOneHasIsTheOnlyEventNamed) {
  std::vector<OwnedEntry> retracted = OpenAndClick();
  retracted.push_back(testing::Retract(5, "r-1", "click-1"));
  const auto difference = Compare(LeadWith(OpenAndClick()), LeadWith(retracted));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->history.events_right.first, Lines{"r-1"});
  EXPECT_EQ(difference->history.events_other.count, 0u);
}

TEST(LeadDifference, CommandsCompareAsSetsAndProfilesByPart) {
  state::Lead left = LeadWith(OpenAndClick());
  left.profile = testing::FullProfile();
  state::Lead right = left;
  std::ranges::reverse(right.profile.applied_command_ids);
  EXPECT_FALSE(Compare(left, right).has_value());
  right.profile.applied_command_ids.push_back("c-3");
  right.profile.extras.Get().tags.Add("new");
  right.profile.attributes["budget"].sent = 9.0;
  right.profile.attributes["zip"].sent = std::string("1");
  right.profile.attributes.erase("since");
  const auto difference = Compare(left, right);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->history.commands_right.first, Lines{"c-3"});
  EXPECT_EQ(difference->history.commands_left.count, 0u);
  EXPECT_EQ(difference->history.profile, (Lines{"tags", "attribute budget", "attribute since", "attribute zip"}));
}

TEST(LeadDifference, FoldsAndFormerLivesAreSeen) {
  state::Lead left = LeadWith(OpenAndClick());
  state::Lead right = left;
  right.erased_at = AtMinute(-5);
  EXPECT_TRUE(Compare(left, right)->history.former_life);
  right = left;
  right.journal.Add(Entry(EventType::kSent, 0, "sent-0"), 2);  // folds at once
  const auto difference = Compare(left, right);
  ASSERT_TRUE(difference.has_value());
  EXPECT_TRUE(difference->history.folded);
}

TEST(LeadDifference, WhatOtherDefinitionsMakeOfTheSameHistory) {
  const state::Lead lead = LeadWith(OpenAndClick());
  const auto difference = Compare(lead, lead, kPlain, kOther);
  ASSERT_TRUE(difference.has_value());
  EXPECT_FALSE(difference->history.any());
  EXPECT_EQ(Seen(*difference),
            (Lines{"score 6 4 definitions", "tier hot cold definitions", "openers right definitions"}));
}

TEST(LeadDifference, OtherDefinitionsThatGiveTheSameViewMakeNone) {
  const state::Lead lead = LeadWith({Entry(EventType::kSent, 1, "sent-1")});
  EXPECT_FALSE(Compare(lead, lead, kPlain, kOther).has_value());
}

// Each step from left to right has its own cause: first the history, then the definitions.
TEST(LeadDifference, HistoryAndDefinitionsAreToldApart) {
  state::Lead more = LeadWith(OpenAndClick());
  more.journal.Add(Entry(EventType::kClick, 3, "click-2"), kMaxEntries);
  more.profile.extras.Get().tags.Add("vip");
  const auto difference = Compare(LeadWith(OpenAndClick()), more, kPlain, kOther);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(Seen(*difference),
            (Lines{"score 6 7 history definitions", "openers right definitions", "tagged right history"}));
}

TEST(DefinitionsDifference, NamesThePartsThatMeanSomethingElse) {
  const std::string plain = kPlain;
  EXPECT_TRUE(CompareDefinitions(*Load(plain), *Load(plain)).same_text);
  const DefinitionsDifference spelling = CompareDefinitions(*Load(plain), *Load(plain + "# a comment\n"));
  EXPECT_FALSE(spelling.same_text);
  EXPECT_TRUE(spelling.changed.empty() && spelling.only_left.empty() && spelling.only_right.empty());
  const DefinitionsDifference found = CompareDefinitions(*Load(kPlain), *Load(kOther));
  EXPECT_EQ(found.changed, Lines{"*: scoring"});
  EXPECT_EQ(found.only_left, Lines{});
  EXPECT_EQ(found.only_right, Lines{"*: segment openers"});
  EXPECT_EQ(CompareDefinitions(*Load(kOther), *Load(kPlain)).only_left, Lines{"*: segment openers"});
}

}  // namespace leadpulse::query::lead_difference_test
