// Since when a lead is in its stage.
#include "processor/query/leads/stage_since.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/engine/partitioner.h"
#include "processor/query/leads/leads_query.h"
#include "schemas/codec/published_change.h"
#include "state/codec/lead_codec.h"
#include "state/codec/published_row.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/lead_examples.h"

namespace leadpulse::query::stage_since_test {

using codec::ChangeKind;

struct Published {
  uint64_t seq;
  ChangeKind kind;
  std::string to;
};

// Appends the change, at the minute of its number.
void Append(const Published& one, std::string* published) {
  codec::Change change;
  change.seq = {one.seq};
  change.at = testing::AtMinute(static_cast<int>(one.seq));
  change.kind = one.kind;
  change.to = one.to;
  codec::PublishedChangeEncoder().Append(change, "", published);
}

std::optional<Instant> SinceIn(const std::string& published, Stage stage, uint64_t last_seq) {
  state::Lead lead;
  lead.last_seq = {last_seq};
  return *StageSince(stage, lead, published);
}

// Returns since when a lead with these changes is in the stage.
std::optional<Instant> Since(Stage stage, uint64_t last_seq, std::initializer_list<Published> changes) {
  std::string published;
  for (const Published& one : changes) Append(one, &published);
  return SinceIn(published, stage, last_seq);
}

const Published kCreated{1, ChangeKind::kLeadCreated, ""}, kHot{2, ChangeKind::kTierChanged, "hot"},
    kEngaged{3, ChangeKind::kStageChanged, "engaged"}, kCold{4, ChangeKind::kTierChanged, "cold"},
    kNew{5, ChangeKind::kStageChanged, "new"};

TEST(StageSince, IsTheLastMoveOrTheCreation) {
  EXPECT_EQ(Since(Stage::kNew, 1, {kCreated}), testing::AtMinute(1));
  EXPECT_EQ(Since(Stage::kNew, 2, {kCreated, kHot}), testing::AtMinute(1));
  EXPECT_EQ(Since(Stage::kEngaged, 4, {kCreated, kHot, kEngaged, kCold}), testing::AtMinute(3));
  EXPECT_EQ(Since(Stage::kNew, 5, {kCreated, kHot, kEngaged, kCold, kNew}), testing::AtMinute(5));
  EXPECT_EQ(Since(Stage::kEngaged, 4, {kEngaged, kCold}), testing::AtMinute(3)) << "the older ones are not needed";
}

TEST(StageSince, IsUnknownWhereAMoveMayBeMissing) {
  EXPECT_EQ(Since(Stage::kNew, 0, {}), std::nullopt);
  EXPECT_EQ(Since(Stage::kNew, 1, {}), std::nullopt) << "no run kept it";
  EXPECT_EQ(Since(Stage::kEngaged, 4, {kCold}), std::nullopt) << "the older ones were dropped";
  EXPECT_EQ(Since(Stage::kEngaged, 4, {kCreated, kHot, kEngaged}), std::nullopt) << "the last one is missing";
  EXPECT_EQ(Since(Stage::kNew, 4, {kCreated, kHot, kCold}), std::nullopt) << "one between is missing";
  EXPECT_EQ(Since(Stage::kQualified, 4, {kCreated, kHot, kEngaged, kCold}), std::nullopt) << "time moved it";
  EXPECT_EQ(Since(Stage::kEngaged, 2, {kCreated, kHot}), std::nullopt) << "time moved it";
}

// Returns since when a lead is in the stage that a command set at minute 9, if its published changes do not say it.
std::optional<Instant> SetSince(Stage stage, const std::vector<state::ProfileEdit>& edits = {}) {
  state::Lead lead;
  lead.last_seq = {100};
  lead.profile.set_stage = {stage, testing::AtMinute(9)};
  lead.profile.extras.Get().edits = edits;
  return *StageSince(stage, lead, "");
}

TEST(StageSince, IsTheCommandThatSetAStageWhereTheChangesWereDropped) {
  for (const Stage stage : {Stage::kQualifying, Stage::kFollowUp, Stage::kConverted, Stage::kLost, Stage::kArchived}) {
    EXPECT_EQ(SetSince(stage), testing::AtMinute(9)) << StageName(stage);
  }
  for (const Stage stage : {Stage::kNew, Stage::kContacted, Stage::kEngaged, Stage::kQualified}) {
    EXPECT_EQ(SetSince(stage), std::nullopt) << StageName(stage) << ": it may have come there before";
  }
}

TEST(StageSince, IsTheFirstCommandThatSetThisStageAgain) {
  const auto edit = [](state::EditKind kind, int minute, std::string value) {
    return state::ProfileEdit{kind, testing::AtMinute(minute), "ben", std::move(value)};
  };
  const auto stage = [&edit](int minute, std::string value) {
    return edit(state::EditKind::kStage, minute, std::move(value));
  };
  EXPECT_EQ(SetSince(Stage::kFollowUp, {stage(2, "follow_up"), stage(3, "engaged"), stage(5, "follow_up"),
                                        edit(state::EditKind::kAgent, 6, "mia"), stage(9, "follow_up")}),
            testing::AtMinute(5));
}

TEST(StageSince, AStageThatTimeMovedIsNotThatOfTheCommand) {
  state::Lead lead;
  lead.profile.set_stage = {Stage::kQualifying, testing::AtMinute(9)};
  EXPECT_EQ(*StageSince(Stage::kQualified, lead, ""), std::nullopt);
}

// Publishes changes as a store joins them: each is an append, and neighbours are joined in any order.
struct Joined {
  explicit Joined(uint32_t seed) : random(seed) {}

  void Add(const Published& change) {
    if (appends.empty() || random() % 3 == 0) appends.emplace_back();
    Append(change, &appends.back());
    if (random() % 4 == 0) JoinAfter(random() % appends.size());
  }
  void JoinAfter(size_t first) {
    if (first + 1 < appends.size()) {
      appends[first] += appends[first + 1];
      appends.erase(appends.begin() + static_cast<ptrdiff_t>(first) + 1);
    }
    state::BoundPublished(&appends[first]);
  }
  std::string Row() {
    while (appends.size() > 1) JoinAfter(0);
    return appends.front();
  }

  std::mt19937 random;
  std::vector<std::string> appends;
};

TEST(StageSince, IsKnownBehindAnyNumberOfOtherChanges) {
  int dropped_moves = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    Joined joined(seed);
    uint64_t moved = 1;
    joined.Add(kCreated);
    const uint64_t last = 20 + joined.random() % 600;
    for (uint64_t seq = 2; seq <= last; ++seq) {
      const bool is_move = joined.random() % 150 == 0;
      if (is_move) moved = seq;
      joined.Add({seq, is_move ? ChangeKind::kStageChanged : ChangeKind::kScoreChanged, is_move ? "new" : "7"});
    }
    const std::string row = joined.Row();
    EXPECT_EQ(SinceIn(row, Stage::kNew, last), testing::AtMinute(static_cast<int>(moved))) << seed;
    EXPECT_EQ(SinceIn(row, Stage::kNew, last + 1), std::nullopt) << seed;
    EXPECT_LE(codec::ReadPublishedChanges({"acme", "ann"}, row)->size(), state::kMostPublished);
    dropped_moves += last - moved > state::kMostPublished ? 1 : 0;
  }
  EXPECT_GT(dropped_moves, 50);
}

TEST(StageSince, IsUnknownBehindAGapAmongDroppedChanges) {
  std::string row;
  Append(kCreated, &row);
  for (uint64_t seq = 2; seq <= 200; ++seq) {
    if (seq != 50) Append({seq, ChangeKind::kScoreChanged, "7"}, &row);
  }
  state::BoundPublished(&row);
  EXPECT_EQ(SinceIn(row, Stage::kNew, 200), std::nullopt);
}

TEST(StageSince, TheChangesThatAreLeftTakeBoundedRoom) {
  std::string row;
  const std::string long_text(3'000, 'x');
  for (uint64_t seq = 1; seq <= 300; ++seq) {
    Append({seq, seq == 1 ? ChangeKind::kLeadCreated : ChangeKind::kScoreChanged, long_text}, &row);
    state::BoundPublished(&row);
  }
  EXPECT_EQ(SinceIn(row, Stage::kNew, 300), testing::AtMinute(1));
  EXPECT_LE(row.size(), state::kMostPublishedBytes + 2 * long_text.size());
}

// A store of leads with published changes, which counts how many leads' are read.
class PublishedStore : public testing::ForwardingStore {
 public:
  PublishedStore() : ForwardingStore(2) {}

  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override {
    ++reads;
    return ForwardingStore::GetPublished(partition, key);
  }

  // Stores a lead that was created at that minute.
  void Put(const std::string& id, int minute) {
    state::Lead lead;
    lead.key = {"acme", id};
    lead.last_seq = {1};
    codec::Change created;
    created.key = lead.key;
    created.seq = lead.last_seq;
    created.at = testing::AtMinute(minute);
    state::EpochWrite write;
    write.leads.push_back(
        {engine::PartitionOf(lead.key, partition_count()), EncodeLeadKey(lead.key), state::EncodeLead(lead)});
    codec::PublishedChangeEncoder().Append(created, "", &write.leads.back().published);
    ASSERT_TRUE(Commit(write).ok());
  }

  mutable int reads = 0;
};

class StageSinceColumnTest : public ::testing::Test {
 protected:
  StageSinceColumnTest() {
    for (int i = 0; i < kLeads; ++i) store_.Put(IdOf(i), (i * 7) % kLeads);
  }
  static std::string IdOf(int number) { return "lead-" + std::to_string(100 + number); }

  // Returns the minutes of the rows with this column.
  std::vector<int64_t> Minutes(const Column& shown, const std::vector<LeadOrder>& orders = {}) {
    LeadsQuery query{.tenant = "acme", .at = testing::AtMinute(kLeads)};
    query.columns = {shown};
    for (const LeadOrder& order : orders) {
      query.order ? query.further_orders.push_back(order) : static_cast<void>(query.order = order);
    }
    query.limit = 5;
    std::vector<int64_t> minutes;
    Candidates all;
    for (int i = 0; i < kLeads; ++i) {
      const LeadKey key{"acme", IdOf(i)};
      all.always.push_back({engine::PartitionOf(key, store_.partition_count()), EncodeLeadKey(key)});
    }
    all.next = [](std::vector<LeadAt>*) { return false; };
    const auto ended = QueryCandidates(store_, *definitions_, query, all, [&minutes](const ListedLead& lead) {
      for (const Value& cell : lead.cells) {
        const auto* at = std::get_if<Instant>(&cell);
        if (at != nullptr) minutes.push_back((*at - testing::AtMinute(0)).count() / 60'000);
      }
      return true;
    });
    EXPECT_TRUE(ended.ok());
    return minutes;
  }

  static constexpr int kLeads = 40;
  PublishedStore store_;
  std::shared_ptr<const config::Definitions> definitions_ =
      config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: all}]}}").definitions;
  const Column column_ = *ParseColumn("stage_since");
};

TEST_F(StageSinceColumnTest, IsReadForRowsThatShowIt) {
  EXPECT_EQ(Minutes(*ParseColumn("topics_out")).size(), 0U);
  EXPECT_EQ(store_.reads, 0);
  EXPECT_EQ(Minutes(column_), (std::vector<int64_t>{0, 7, 14, 21, 28}));
  EXPECT_LE(store_.reads, 10) << "five of each partition";
}

TEST_F(StageSinceColumnTest, Sorts) {
  EXPECT_EQ(Minutes(column_, {{column_}}), (std::vector<int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(store_.reads, kLeads) << "each lead's once";
  const LeadOrder second{column_, /*descending=*/true};
  EXPECT_EQ(Minutes(column_, {{*ParseColumn("tier")}, second}), (std::vector<int64_t>{39, 38, 37, 36, 35}));
}

}  // namespace leadpulse::query::stage_since_test
