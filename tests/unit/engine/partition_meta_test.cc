// A partition's metadata in a live state is read as it was written, and nothing else is accepted.
#include "processor/engine/partition_meta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <new>

#include "tests/support/memory_lead_store.h"

namespace leadpulse::engine::partition_meta_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr PartitionId kPartition{2};
constexpr uint32_t kPartitions = 12;

LocalPosition SomePosition() {
  LocalPosition local;
  local.position = {.application = "demo",
                    .next = {{17, 4, 30}},
                    .clock = {1'773'000'000'123},
                    .definitions_number = {3},
                    .engine_version = 1,
                    .epoch = 99,
                    .digest = {5, 0xfedc'ba98'7654'3210},
                    .erasure_secret_check = std::string("\0\xff 12345", 8),
                    .partition_count = 12,
                    .last_hashes = {0xfedc'ba98'7654'3210, std::nullopt, 7},
                    .accepted_gaps = {{InputTopic::kCommands, 2, 3, {1'773'000'000'000}},
                                      {InputTopic::kExchange, 4, 4, {1'773'000'000'001}}}};
  local.next_changelog_offset = 4242;
  local.written_at = {1'773'000'000'456};
  local.catching_up = true;
  return local;
}

StoredDefinitions SomeDefinitions() {
  return {.text = "tenants: {}\n",
          .number = {3},
          .engine_version = 1,
          .previous_text = "",
          .rolled_out_at = {77},
          .origin = DefinitionsOrigin{"cluster", "lead.definitions", 5, {1'773'000'000'000}}};
}

class PartitionMetaTest : public ::testing::Test {
 protected:
  void Commit(const state::EpochWrite& write) { ASSERT_TRUE(store_->Commit(write).ok()); }
  void Put(const std::string& name, const std::string& value) {
    state::EpochWrite write;
    write.meta = {{name, value}};
    Commit(write);
  }
  void PutBoth(PartitionId partition) {
    state::EpochWrite write;
    AppendLocalPosition(partition, SomePosition(), &write);
    AppendLocalDefinitions(partition, SomeDefinitions(), &write);
    Commit(write);
  }
  bool IsLive() { return *IsLiveState(read_, kPartitions); }

  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(kPartitions);
  const state::MetaReader read_ = state::MetaOf(*store_);
};

TEST_F(PartitionMetaTest, WhatIsWrittenIsRead) {
  EXPECT_EQ(ParsePosition(EncodePosition(SomePosition().position)), SomePosition().position);
  EXPECT_EQ(ParseDefinitions(EncodeDefinitions(SomeDefinitions())), SomeDefinitions());
  EXPECT_FALSE(*ReadLocalPosition(read_, kPartition));
  EXPECT_FALSE(*ReadLocalDefinitions(read_, kPartition));
  PutBoth(kPartition);
  EXPECT_EQ(**ReadLocalPosition(read_, kPartition), SomePosition());
  EXPECT_EQ(**ReadLocalDefinitions(read_, kPartition), SomeDefinitions());
  EXPECT_FALSE(*ReadLocalPosition(read_, {1}));
}

TEST_F(PartitionMetaTest, NoPreviousTextIsNotAnEmptyOne) {
  StoredDefinitions kept = SomeDefinitions();
  kept.previous_text.reset();
  EXPECT_FALSE(ParseDefinitions(EncodeDefinitions(kept))->previous_text);
  EXPECT_EQ(ParseDefinitions(EncodeDefinitions(SomeDefinitions()))->previous_text, "");
}

TEST_F(PartitionMetaTest, DefinitionsOfAFileHaveNoOrigin) {
  StoredDefinitions of_file = SomeDefinitions();
  of_file.origin.reset();
  EXPECT_EQ(ParseDefinitions(EncodeDefinitions(of_file)), of_file);
}

TEST_F(PartitionMetaTest, TheNamesAreThoseOfEarlierStates) {
  EXPECT_EQ(LocalPositionName(kPartition), "partition/2/position");
  EXPECT_EQ(LocalDefinitionsName({11}), "partition/11/definitions");
}

TEST_F(PartitionMetaTest, DamageIsNamedWithWhatToDo) {
  Put("partition/2/position", "\xff");
  Put("partition/2/definitions", "\xff");
  for (const Status& status :
       {ReadLocalPosition(read_, kPartition).status(), ReadLocalDefinitions(read_, kPartition).status(),
        ReadLocalPartitions(read_, kPartitions).status()}) {
    EXPECT_EQ(status.kind(), ErrorKind::kFatal);
    EXPECT_THAT(status.message(), HasSubstr("the state's entry `partition/2/"));
    EXPECT_THAT(status.message(), HasSubstr("remove the state directory"));
  }
  EXPECT_FALSE(ParsePosition("\xff"));
  EXPECT_FALSE(ParseDefinitions("\xff"));
}

TEST_F(PartitionMetaTest, ADroppedPartitionHasNeither) {
  PutBoth(kPartition);
  state::EpochWrite drop;
  AppendDrop(kPartition, &drop);
  EXPECT_EQ(drop.dropped, std::vector{kPartition});
  Commit(drop);
  EXPECT_FALSE(*ReadLocalPosition(read_, kPartition));
  EXPECT_FALSE(*ReadLocalDefinitions(read_, kPartition));
  EXPECT_THAT(*ReadLocalPartitions(read_, kPartitions), IsEmpty());
}

TEST_F(PartitionMetaTest, PartitionsThatAreKnownAreFoundInOrder) {
  for (uint32_t one : {11, 2, 0}) PutBoth({one});
  const auto found = ReadLocalPartitions(read_, kPartitions);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ((*found)[i].partition.value, std::vector<uint32_t>({0, 2, 11})[i]);
  EXPECT_EQ((*found)[1].local, SomePosition());
  EXPECT_EQ(*(*found)[1].definitions, SomeDefinitions());
}

TEST_F(PartitionMetaTest, APositionWithoutDefinitionsIsDamage) {
  state::EpochWrite write;
  AppendLocalPosition(kPartition, SomePosition(), &write);
  Commit(write);
  const auto found = ReadLocalPartitions(read_, kPartitions);
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.status().message(), HasSubstr("partition/2/definitions"));
}

TEST_F(PartitionMetaTest, ALiveStateIsKnownByItsEntries) {
  EXPECT_FALSE(IsLive());
  Put("run", "2 0");
  EXPECT_FALSE(IsLive());
  PutBoth({11});
  EXPECT_TRUE(IsLive());
  state::EpochWrite drop;
  AppendDrop({11}, &drop);
  Commit(drop);
  EXPECT_TRUE(IsLive());
}

// A run on files sets no offsets, and stores them all the same.
TEST_F(PartitionMetaTest, OffsetsBeginAtZeroInUsedMemory) {
  alignas(InputOffsets) std::array<std::byte, sizeof(InputOffsets)> used;
  used.fill(std::byte{0xab});
  const auto* offsets = new (used.data()) InputOffsets;
  EXPECT_EQ(*offsets, (InputOffsets{{0, 0, 0}}));
}

LocalPosition SomeRun() {
  LocalPosition run;
  run.position.clock = {1'773'000'000'123};
  run.position.definitions_number = {3};
  run.position.engine_version = 1;
  run.outputs = {{17, 0xfedc'ba98'7654'3210, 2}, {0, 3, 4}};
  return run;
}

TEST_F(PartitionMetaTest, ARunHasOnePositionAndOneTextForAllPartitions) {
  EXPECT_THAT(*ReadLocalPartitions(read_, kPartitions), IsEmpty());
  state::EpochWrite write;
  AppendRunPosition(SomeRun(), &write);
  AppendRunDefinitions(SomeDefinitions(), &write);
  Commit(write);
  EXPECT_FALSE(IsLive());
  EXPECT_EQ(**ReadRunPosition(read_), SomeRun());
  EXPECT_EQ(**ReadLocalPosition(read_, {0}), SomeRun());
  EXPECT_EQ(**ReadLocalDefinitions(read_, kPartition), SomeDefinitions());
  const auto found = ReadLocalPartitions(read_, kPartitions);
  ASSERT_EQ(found->size(), kPartitions);
  for (const LocalPartition& one : *found) {
    EXPECT_EQ(one.local, SomeRun());
    EXPECT_EQ(one.definitions, found->front().definitions);  // one copy of the text
  }
  for (const auto& [name, value] : write.meta) EXPECT_TRUE(IsRunEntry(name)) << name;
  for (const char* name : {"run/", "run/outputs", "partition/1/position", "input/run", ""}) {
    EXPECT_FALSE(IsRunEntry(name)) << name;
  }
}

TEST_F(PartitionMetaTest, DamageOfARunIsNamedWithWhatToDo) {
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"run/position", "\xff"},
                                    {"run/position", "\x18\x01"},  // it has no outputs
                                    {"run/definitions", "\xff"},
                                    {"run", "1 two 3 4"},
                                    {"run", "2 5 6"},
                                    {"definitions", "1 1"},
                                    {"definitions", "1 1 1 1 0"}}) {  // its text is missing
    Commit({.meta = {{"run/position", ""}, {"run/definitions", ""}, {"run", ""}, {"definitions", ""}}});
    Put(name, value);
    const Status status =
        name.ends_with("definitions") ? ReadRunDefinitions(read_).status() : ReadRunPosition(read_).status();
    EXPECT_EQ(status.kind(), ErrorKind::kFatal);
    EXPECT_THAT(status.message(), HasSubstr("the state's entry `" + name));
    EXPECT_THAT(status.message(), HasSubstr("restore a backup"));
  }
}

TEST_F(PartitionMetaTest, TheTextEntriesOfFormat2AreRead) {
  Put("run", "2 1773000000123 17 fedcba9876543210 0000000000000002 0 0000000000000003 0000000000000004");
  EXPECT_EQ((*ReadRunPosition(read_))->outputs, SomeRun().outputs);
  Put("definitions", "1 3 1 1 77");
  Put("definitions/text", "tenants: {}\n");
  Put("definitions/previous_text", "");
  StoredDefinitions expected = SomeDefinitions();
  expected.origin.reset();
  EXPECT_EQ(**ReadRunDefinitions(read_), expected);
  EXPECT_EQ(**ReadRunPosition(read_), SomeRun());
  // The newer format counts.
  state::EpochWrite write;
  LocalPosition later = SomeRun();
  later.position.clock = {1'773'000'000'124};
  AppendRunPosition(later, &write);
  Commit(write);
  EXPECT_EQ(**ReadRunPosition(read_), later);
}

TEST_F(PartitionMetaTest, OnlyTheNamesOfPartitionsThatThereAre) {
  for (const char* name : {"partition/0/position", "partition/11/position", "partition/11/definitions"}) {
    EXPECT_TRUE(IsPartitionEntry(name, kPartitions)) << name;
  }
  for (const char* name :
       {"partition/12/position", "partition/00/position", "partition/+1/position", "partition/-1/position",
        "partition//position", "partition/1", "partition/1/", "partition/1/text", "partition/1/position/",
        "partition/ 1/position", "xpartition/1/position", "partition/4294967297/position", "", "run"}) {
    EXPECT_FALSE(IsPartitionEntry(name, kPartitions)) << name;
  }
}

}  // namespace leadpulse::engine::partition_meta_test
