// Two states are compared side by side: every lead is compared with its counterpart, and the counts add up.
#include "processor/query/diff/state_diff.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "config/definitions_loader.h"
#include "tests/support/lead_examples.h"
#include "tests/support/lead_rows.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::query::state_diff_test {

using testing::AtMinute;
using testing::Entry;
using testing::PutErasure;
using testing::PutLead;

constexpr char kDefinitions[] = R"(
tenants:
  "*":
    scoring: {rules: [{event: open, points: 2, expires_after: 30m}]}
    tiers: [{name: hot, at_least: 2}, {name: cold}]
    segments: [{id: fresh, name: Fresh, rule: 'DID open IN LAST 30 minutes'}]
)";

state::Lead LeadOf(const LeadKey& key, int opens = 1) {
  state::Lead lead;
  lead.key = key;
  for (int i = 0; i < opens; ++i) {
    lead.journal.Add(Entry(EventType::kOpen, i, "open-" + std::to_string(i)), 1000);
  }
  return lead;
}

struct OneState {
  std::unique_ptr<state::LeadStore> store;
  Instant clock = AtMinute(10);

  explicit OneState(uint32_t partitions) : store(state::MakeMemoryLeadStore(partitions)) {}
  ComparedState compared() const { return {store.get(), config::LoadDefinitions(kDefinitions).definitions, clock}; }
};

StateDiff Diff(const OneState& left, const OneState& right, const DiffOptions& options = {}) {
  WorkerPool pool(2);
  Result<StateDiff> diff = DiffStates(left.compared(), right.compared(), options, &pool);
  EXPECT_TRUE(diff.ok());
  return *diff;
}

std::vector<std::string> Leads(const StateDiff& diff) {
  std::vector<std::string> leads;
  for (const LeadDifference& sample : diff.samples) leads.push_back(sample.key.tenant + "/" + sample.key.lead);
  return leads;
}

using Names = std::vector<std::string>;

TEST(StateDiff, StatesThatAreEmptyAreEqual) {
  const StateDiff diff = Diff(OneState(1), OneState(3));
  EXPECT_TRUE(diff.equal());
  EXPECT_EQ(diff.leads_left + diff.leads_right + diff.same, 0u);
}

TEST(StateDiff, APartitionMoreOrLessIsNoDifference) {
  OneState left(1);
  OneState right(7);
  for (int i = 0; i < 2000; ++i) PutLead(LeadOf({"acme", "lead" + std::to_string(i)}), left.store.get());
  for (int i = 1999; i >= 0; --i) PutLead(LeadOf({"acme", "lead" + std::to_string(i)}), right.store.get());
  const StateDiff diff = Diff(left, right);
  EXPECT_TRUE(diff.equal());
  EXPECT_EQ(diff.same, 2000u);
}

// Against sets: random leads in each, at the ends and in between, more than one step visits.
TEST(StateDiff, EveryLeadMeetsItsCounterpart) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 12; ++round) {
    std::set<LeadKey> in_left;
    std::set<LeadKey> in_right;
    std::set<LeadKey> different;
    OneState left(1 + random() % 5);
    OneState right(1 + random() % 5);
    const int count = round < 10 ? 40 : 1500;
    for (int i = 0; i < count; ++i) {
      const LeadKey key{i % 3 == 0 ? "acme" : "umbrella", std::to_string(random() % (2 * count))};
      const uint32_t where = random() % 4;
      if (where != 1 && in_left.insert(key).second) PutLead(LeadOf(key), left.store.get());
      if (where != 2 && in_right.insert(key).second) {
        const bool other = random() % 5 == 0;
        if (other) different.insert(key);
        PutLead(LeadOf(key, other ? 2 : 1), right.store.get());
      }
    }
    std::set<LeadKey> wanted;
    std::ranges::set_symmetric_difference(in_left, in_right, std::inserter(wanted, wanted.end()));
    const uint64_t lone = wanted.size();
    for (const LeadKey& key : different) {
      if (in_left.contains(key)) wanted.insert(key);
    }
    const StateDiff diff = Diff(left, right, {"", 100'000});
    std::set<LeadKey> found;
    for (const LeadDifference& sample : diff.samples) found.insert(sample.key);
    EXPECT_EQ(found, wanted);
    EXPECT_EQ(found.size(), diff.samples.size());
    EXPECT_EQ(diff.different, wanted.size() - lone);
    EXPECT_EQ(diff.only_left() + diff.only_right(), lone);
    EXPECT_EQ(diff.leads_left, in_left.size());
    EXPECT_EQ(diff.leads_right, in_right.size());
    EXPECT_EQ(diff.same + diff.different + diff.only_left(), in_left.size());
  }
}

TEST(StateDiff, ALoneLeadMayHaveBeenErasedInTheOther) {
  OneState left(4);
  OneState right(3);
  PutLead(LeadOf({"acme", "ann"}), left.store.get());
  PutLead(LeadOf({"acme", "bob"}), right.store.get());
  PutLead(LeadOf({"acme", "cleo"}), left.store.get());
  PutErasure({"acme", "ann"}, right.store.get());
  PutErasure({"acme", "bob"}, left.store.get());
  const StateDiff diff = Diff(left, right);
  EXPECT_EQ(diff.of(DiffReason::kErasedRight).leads, 1u);
  EXPECT_EQ(diff.of(DiffReason::kErasedLeft).leads, 1u);
  EXPECT_EQ(diff.of(DiffReason::kOnlyLeft).leads, 1u);
  EXPECT_EQ(diff.only_left(), 2u);
  EXPECT_EQ(diff.only_right(), 1u);
  EXPECT_EQ(Leads(diff), (Names{"acme/ann", "acme/bob", "acme/cleo"}));
}

// The left lead is in the segment at its own clock. At the later clock neither is.
TEST(StateDiff, ClocksThatDifferMakeNoDifference) {
  OneState left(1);
  OneState right(1);
  left.clock = AtMinute(10);
  right.clock = AtMinute(500);
  PutLead(LeadOf({"acme", "ann"}), left.store.get());
  PutLead(LeadOf({"acme", "ann"}), right.store.get());
  EXPECT_EQ(Diff(left, right).at, AtMinute(500));
  EXPECT_TRUE(Diff(left, right).equal());
  EXPECT_TRUE(Diff(right, left).equal());
}

TEST(StateDiff, CountsFieldsSegmentsAndReasons) {
  OneState left(2);
  OneState right(2);
  for (const char* lead : {"a", "b", "c"}) {
    PutLead(LeadOf({"acme", lead}, 3), left.store.get());
    PutLead(LeadOf({"acme", lead}, lead == std::string("c") ? 3 : 0), right.store.get());
  }
  const StateDiff diff = Diff(left, right);
  EXPECT_EQ(diff.different, 2u);
  EXPECT_EQ(diff.same, 1u);
  EXPECT_EQ(diff.of(DiffReason::kEventsLeft).leads, 2u);
  EXPECT_EQ(diff.of(DiffReason::kEventsLeft).records, 6u);
  EXPECT_EQ(diff.of(DiffReason::kDefinitions).leads, 0u);
  EXPECT_EQ(diff.fields.at("score").leads, 2u);
  EXPECT_EQ(diff.fields.at("score").by_history, 2u);
  EXPECT_EQ(diff.fields.at("score").by_definitions, 0u);
  EXPECT_FALSE(diff.fields.contains("sendable"));
  const SegmentCount& fresh = diff.segments.at({"acme", "fresh"});
  EXPECT_EQ(fresh.only_left, 2u);
  EXPECT_EQ(fresh.only_right, 0u);
}

TEST(StateDiff, OneTenantAndTheFirstLeadsOnlyWhereAskedFor) {
  OneState left(3);
  OneState right(1);
  for (const char* tenant : {"a", "acme", "b"}) {
    for (const char* lead : {"1", "2", "3"}) PutLead(LeadOf({tenant, lead}), left.store.get());
  }
  const StateDiff diff = Diff(left, right, {"acme", 2});
  EXPECT_EQ(diff.only_left(), 3u);
  EXPECT_EQ(Leads(diff), (Names{"acme/1", "acme/2"}));
}

TEST(StateDiff, ALeadThatCannotBeReadIsAnErrorThatNamesItsTenant) {
  OneState left(1);
  OneState right(1);
  PutLead(LeadOf({"acme", "ann"}), left.store.get());
  state::EpochWrite write;
  write.leads.push_back({PartitionId{0}, EncodeLeadKey({"acme", "ann"}), "nonsense"});
  ASSERT_TRUE(right.store->Commit(write).ok());
  WorkerPool pool(1);
  const Result<StateDiff> diff = DiffStates(left.compared(), right.compared(), {}, &pool);
  ASSERT_FALSE(diff.ok());
  EXPECT_NE(diff.status().message().find("acme"), std::string::npos);
}

}  // namespace leadpulse::query::state_diff_test
