// What becomes of each part of a deployment that gets another number of partitions, and which settings fit.
#include "processor/kafka/repartition_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "processor/engine/partitioner.h"
#include "processor/kafka/changelog.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/kafka/repartition.h"
#include "state/codec/day_counts.h"
#include "state/codec/lead_codec.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::testing::repartition_plan_test {

using kafka::FormerPartition;
using kafka::InputTopic;
using ::testing::HasSubstr;

FormerPartition Former(uint32_t number_of_definitions, uint64_t epoch, int64_t clock) {
  FormerPartition partition;
  partition.definitions = engine::StoredDefinitions{.text = "tenants: {}", .number = {number_of_definitions}};
  partition.position.application = "former";
  partition.position.next = {{10, 20, 30}};
  partition.position.last_hashes = {{1, 2, 3}};
  partition.position.epoch = epoch;
  partition.position.clock = Instant{clock};
  partition.position.counted_from = Instant{clock - 1};
  return partition;
}

std::string Refusal(const std::vector<FormerPartition>& former) {
  const auto merged = kafka::MergeDefinitions(former);
  return merged.ok() ? "" : merged.status().message();
}

TEST(RepartitionDefinitionsTest, TheGreatestNumberHoldsForLeadsOfAllPartitions) {
  const auto merged = kafka::MergeDefinitions(std::vector{Former(3, 1, 1), Former(5, 1, 1), FormerPartition()});
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(merged->number.value, 5u);
  EXPECT_TRUE(engine::KeepsNumbers(merged->engine_version));  // leads with 3 are not outdated
  EXPECT_EQ(kafka::MergeDefinitions(std::vector{Former(3, 1, 1), Former(3, 9, 9)})->engine_version,
            engine::kEngineVersion);
}

TEST(RepartitionDefinitionsTest, LeadsUnderDifferentDefinitionsAreRefused) {
  std::vector<FormerPartition> former{Former(3, 1, 1), Former(3, 1, 1)};
  former[1].definitions->text = "tenants: {acme: {}}";
  EXPECT_THAT(Refusal(former), HasSubstr("some partitions do not have the newest definitions"));
  former[1] = Former(3, 1, 1);
  former[1].definitions->previous_text = "tenants: {acme: {}}";
  EXPECT_THAT(Refusal(former), HasSubstr("new definitions are being rolled out"));
  former[1] = Former(3, 1, 1);
  former[1].definitions->engine_version = 5;
  EXPECT_THAT(Refusal(former), HasSubstr("an older version of this program"));
  EXPECT_THAT(Refusal({FormerPartition()}), HasSubstr("has not begun"));
}

TEST(RepartitionPositionsTest, ANewPartitionIsBehindNoFormerOne) {
  const std::vector<FormerPartition> former{Former(1, 7, 100), Former(1, 5, 300)};
  const auto definitions = *kafka::MergeDefinitions(former);
  kafka::NewPartition target{.partition = {1},
                             .count = 3,
                             .beginning = {{4, 5, 6}},
                             .messages_from = 6,
                             .deltas_from = 8,
                             .erasure_secret_check = "its check",
                             .keeps_inputs = true};
  const engine::PartitionPosition kept = kafka::MergePositions(former, definitions, "new", target);
  EXPECT_EQ(kept.application, "new");
  EXPECT_EQ(kept.partition_count, 3u);
  EXPECT_EQ(kept.epoch, 7u);
  EXPECT_EQ(kept.erasure_secret_check, "its check");
  EXPECT_EQ(kept.clock, Instant{300});
  EXPECT_EQ(kept.counted_from, Instant{299});
  EXPECT_EQ(kept.next, (kafka::InputOffsets{{10, 20, 6}}));
  EXPECT_EQ(kept.last_hashes[InputTopic::kCommands], 2u);
  EXPECT_FALSE(kept.last_hashes[InputTopic::kExchange]);
  EXPECT_EQ(kept.deltas_from, 8);
  target.partition = {2};  // an added one
  EXPECT_EQ(kafka::MergePositions(former, definitions, "new", target).next, (kafka::InputOffsets{{4, 5, 6}}));
  target = {.partition = {0}, .count = 3, .beginning = {{4, 5, 6}}, .messages_from = 6};
  const engine::PartitionPosition other = kafka::MergePositions(former, definitions, "new", target);
  EXPECT_EQ(other.next, (kafka::InputOffsets{{4, 5, 6}}));
  EXPECT_FALSE(other.last_hashes[InputTopic::kEvents]);
}

TEST(RepartitionPositionsTest, EachTransactionChangesTheFingerprint) {
  std::vector<FormerPartition> former{Former(1, 7, 100), Former(1, 5, 300)};
  const uint64_t before = kafka::FingerprintOf(former);
  EXPECT_EQ(kafka::FingerprintOf(former), before);
  ++former[1].position.epoch;
  EXPECT_NE(kafka::FingerprintOf(former), before);
}

// An erasure does not say whose it is. Whatever the numbers, the new owner of the lead has it.
TEST(RepartitionErasuresTest, TheNewOwnerOfEachErasedLeadHasIt) {
  for (uint32_t from = 1; from <= 12; ++from) {
    for (uint32_t to = 1; to <= 12; ++to) {
      std::vector<kafka::Erasures> former(from);
      for (int i = 0; i < 60; ++i) {
        const LeadKey key{"acme", "lead-" + std::to_string(i)};
        former[engine::PartitionOf(key, from).value][std::to_string(i)] = {Instant{i}, {1}};
      }
      const auto moved = kafka::MergeErasures(former, to);
      ASSERT_EQ(moved.size(), 60u);
      for (int i = 0; i < 60; ++i) {
        const LeadKey key{"acme", "lead-" + std::to_string(i)};
        EXPECT_THAT(moved.at(std::to_string(i)).partitions, ::testing::Contains(engine::PartitionOf(key, to)))
            << from << " " << to;
      }
    }
  }
  // Where the new number is a multiple, there are few candidates.
  EXPECT_EQ(kafka::MergeErasures({{{"a", {}}}, {}, {}, {}}, 8).at("a").partitions,
            (std::vector<PartitionId>{{0}, {4}}));
}

TEST(RepartitionErasuresTest, OfCopiesThatAMoveLeftTheNewestCounts) {
  state::Erasure left{Instant{5}, {2}};
  state::Erasure again = left;
  again.facts.complaint = Instant{9};  // a complaint of before the erasure came late
  EXPECT_EQ(kafka::MergeErasures({{{"a", left}}, {{"a", again}}}, 2).at("a").erasure, again);
  EXPECT_EQ(kafka::MergeErasures({{{"a", again}}, {{"a", left}}}, 2).at("a").erasure, again);
  const state::Erasure later{Instant{6}, {4}};
  EXPECT_EQ(kafka::MergeErasures({{{"a", later}}, {{"a", again}}}, 2).at("a").erasure, later);
}

TEST(RepartitionRowsTest, SumsOfCountsByDayStay) {
  state::MemoryLeadStore store(3);
  state::DayCounts counts;
  counts.changes.created = 2;
  counts.epoch = 1;
  const std::string key = state::EncodeDayCountsKey({Day{20'000}, "acme"});
  const std::string other = state::EncodeDayCountsKey({Day{20'001}, "acme"});
  const std::string row = state::EncodeDayCounts(counts);
  ASSERT_TRUE(store.Commit({.day_counts = {{{0}, key, row}, {{2}, key, row}, {{2}, other, row}}}).ok());
  const auto moved = kafka::MergeDayCounts(store, 5, 77);
  ASSERT_TRUE(moved.ok());
  ASSERT_EQ(moved->size(), 2u);
  EXPECT_LT(moved->at(key).partition.value, 5u);
  const auto sum = state::DecodeDayCounts(moved->at(key).counts);
  EXPECT_EQ(sum->changes.created, 4u);
  EXPECT_EQ(sum->epoch, 77u);
  ASSERT_TRUE(store.Commit({.day_counts = {{{1}, key, "damaged"}}}).ok());
  EXPECT_FALSE(kafka::MergeDayCounts(store, 5, 77).ok());
}

TEST(RepartitionRowsTest, ARowGoesAsItIsToThePartitionOfItsKey) {
  state::MemoryLeadStore store(2);
  std::map<std::string, std::string> rows;
  for (int i = 0; i < 20; ++i) {
    state::Lead lead;
    lead.key = {"acme", "lead-" + std::to_string(i)};
    if (i % 2 == 1) lead.identity.Get().is_no_lead = true;
    const std::string key = EncodeLeadKey(lead.key);
    rows[key] = state::EncodeLead(lead);
    ASSERT_TRUE(store.Commit({.leads = {{engine::PartitionOf(lead.key, 2), key, rows[key]}}}).ok());
  }
  size_t hidden = 0;
  const Status visited =
      kafka::VisitMovedRows(store, 3, /*added=*/"", [&](const kafka::OutputRecord& record) -> Status {
        const std::string key(kafka::RowKeyOf(record.key));
        hidden += kafka::KindOfChangelogKey(record.key) == kafka::ChangelogKind::kHiddenLead ? 1 : 0;
        EXPECT_EQ(record.partition, engine::PartitionOf(*state::ParseLeadKey(key), 3));
        EXPECT_EQ(*kafka::StoredLeadIn(*record.value), rows.at(key));
        rows.erase(key);
        return Status::Ok();
      });
  EXPECT_TRUE(visited.ok());
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(hidden, 10u);
}

class RepartitionSettingsTest : public ::testing::Test {
 protected:
  RepartitionSettingsTest() {
    into.kafka.application = "leadpulse-6";
    into.kafka.moved_from = "leadpulse";
    into.state.directory = "state-6";
    config::TopicNames& topics = into.kafka.topics;
    for (std::string* name : {&topics.exchange, &topics.lead_state, &topics.lead_journal, &topics.lead_profiles}) {
      *name += "-6";
    }
  }
  void ExpectRefused(const std::string& what) const {
    const Status fits = kafka::CheckRepartition(from, into);
    ASSERT_FALSE(fits.ok());
    EXPECT_THAT(fits.message(), HasSubstr(what));
  }
  config::Settings from;
  config::Settings into;
};

TEST_F(RepartitionSettingsTest, ACopyWithTopicsOfItsOwnFits) {
  EXPECT_TRUE(kafka::CheckRepartition(from, into).ok());
  into.kafka.topics.events = "events-6";
  ExpectRefused("keep both kafka.topics.events and commands");
  into.kafka.topics.commands = "commands-6";
  into.input_partitioning = config::InputPartitioning::kMurmur2;
  EXPECT_TRUE(kafka::CheckRepartition(from, into).ok());
}

TEST_F(RepartitionSettingsTest, TheNewOneSaysThatNoProcessStartsBefore) {
  into.kafka.moved_from = "";
  ExpectRefused("must have kafka.moved_from: leadpulse");
  into.kafka.moved_from = "leadpulse-6";
  ExpectRefused("must have kafka.moved_from: leadpulse");
}

TEST_F(RepartitionSettingsTest, AnotherSecretFitsAfterThoseOfBefore) {
  const auto keys = [](const config::Settings& settings) {
    return kafka::ErasureSecretOf(settings.state).size() / state::kErasureKeyBytes;
  };
  from.state.erasure_secret = config::Secret("first");
  into.state.former_erasure_secrets = {config::Secret("first")};
  into.state.erasure_secret = config::Secret("second");
  EXPECT_TRUE(kafka::CheckRepartition(from, into).ok());
  std::swap(from.state, into.state);  // back
  into.state.directory = "another";
  ExpectRefused("the same state.erasure_secret");
  into.state.former_erasure_secrets = {config::Secret("first"), config::Secret("second")};
  into.state.erasure_secret = config::Secret("third");
  EXPECT_TRUE(kafka::CheckRepartition(from, into).ok());
  EXPECT_EQ(keys(from), 2u);
  EXPECT_EQ(keys(into), 3u);
  std::swap(into.state.former_erasure_secrets[0], into.state.former_erasure_secrets[1]);
  ExpectRefused("in their order");
}

TEST_F(RepartitionSettingsTest, WhatWouldLoseOrMixLeadsIsRefused) {
  const config::Settings fitting = into;
  into.kafka.application = from.kafka.application;
  ExpectRefused("another kafka.application");
  into = fitting;
  into.kafka.topics.lead_journal = from.kafka.topics.lead_journal;
  ExpectRefused("another kafka.topics.lead_journal");
  into = fitting;
  into.state.directory = from.state.directory;
  ExpectRefused("another state.directory");
  into = fitting;
  into.kafka.bootstrap_servers = "other:9092";
  ExpectRefused("the same kafka.bootstrap_servers");
  into = fitting;
  into.state.erasure_secret = config::Secret("another");
  ExpectRefused("the same state.erasure_secret");
  into.state.former_erasure_secrets = {config::Secret("a third")};
  ExpectRefused("all of --config as former ones");
  into = fitting;
  into.input_partitioning = config::InputPartitioning::kMurmur2;
  ExpectRefused("`input_partitioning: any`");
  from.input_partitioning = config::InputPartitioning::kTrusted;
  ExpectRefused("the producers choose the partitions");
}

}  // namespace leadpulse::testing::repartition_plan_test
