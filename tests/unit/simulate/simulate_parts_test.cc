// The distributions of a simulated history: delays, activity, the leads, the order of arrival.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/files/input/byte_sink.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_directory.h"
#include "tools/simulate/pending_records.h"
#include "tools/simulate/people.h"
#include "tools/simulate/popularity.h"
#include "tools/simulate/random.h"

namespace leadpulse::simulate::simulate_parts_test {

constexpr Instant kStart{1'704'067'200'000};

// The last write, from the buffer, fails when the file is closed.
TEST(ByteSinkTest, AFileThatCannotBeWrittenIsNamedAndSaidToBeIncomplete) {
  const leadpulse::testing::ScratchDirectory directory;
  Random random(7);
  std::string noise(400'000, '\0');
  for (char& byte : noise) byte = static_cast<char>(random.Below(256));
  for (const auto compression : {input::Compression::kNone, input::Compression::kGzip, input::Compression::kZstd}) {
    for (const size_t size : {noise.size(), size_t{2000}}) {
      const std::string path = directory / std::to_string(static_cast<int>(compression)) + "-" + std::to_string(size);
      auto file = input::MakeFileSink(path);
      ASSERT_TRUE(file.ok());
      const std::unique_ptr<input::ByteSink> sink = input::Compress(compression, std::move(*file));
      const leadpulse::testing::FileSizeLimit limit(1000);
      Status status = sink->Write({noise.data(), size});
      EXPECT_EQ(status.ok(), size == 2000) << path;
      if (status.ok()) status = sink->Close();
      EXPECT_EQ(status.message(), path + " cannot be written: File too large; it is incomplete, so remove it");
    }
  }
}

TEST(DelaysTest, HalfAreBelowTheMedianAndHalfWithinTheStatedFactor) {
  const struct {
    Spread spread;
    double factor;
    int64_t largest;  // times the median
  } cases[] = {{Spread::kNarrow, 1.4, 5}, {Spread::kUsual, 2.0, 24}, {Spread::kWide, 3.1, 214}};
  for (const auto& expected : cases) {
    Random random(7);
    constexpr int kDraws = 100'000;
    int below = 0, near = 0;
    for (int i = 0; i < kDraws; ++i) {
      const auto delay = static_cast<double>(DrawDelay(Millis{100'000}, expected.spread, &random).count()) / 100'000;
      below += delay < 1;
      near += delay > 1 / expected.factor && delay < expected.factor;
      ASSERT_GE(delay, 0);
      ASSERT_LE(delay, static_cast<double>(expected.largest));
    }
    constexpr int kHalf = kDraws / 2;
    EXPECT_NEAR(below, kHalf, 1000);
    EXPECT_NEAR(near, kHalf, 2000);
  }
}

TEST(PopularityTest, TheFirstTwoOf1024DoATenthAndTheLastHalfDoesATenth) {
  constexpr uint32_t kLeads = 1024;
  const Popularity popularity(Distribution::kZipf, kLeads, 3);
  Random random(11);
  std::vector<int> picked(kLeads), of_level(Popularity::kLevels);
  for (int i = 0; i < 100'000; ++i) {
    const uint32_t lead = popularity.Pick(&random);
    ASSERT_LT(lead, kLeads);
    ++picked[lead];
    ++of_level[static_cast<size_t>(popularity.LevelOf(lead))];
  }
  for (const int count : of_level) EXPECT_NEAR(count, 10'000, 500);
  std::ranges::sort(picked, std::greater<>());
  EXPECT_NEAR(picked[0] + picked[1], 10'000, 500);
  EXPECT_NEAR(std::accumulate(picked.begin() + kLeads / 2, picked.end(), 0), 10'000, 700);
}

TEST(PopularityTest, AnyNumberOfLeadsIsPickedFrom) {
  for (const Distribution distribution : {Distribution::kZipf, Distribution::kUniform}) {
    for (const uint64_t leads : {1, 2, 3, 7, 10, 1023, 1024, 618'034}) {
      const Popularity popularity(distribution, leads, 5);
      Random random(leads);
      std::set<uint32_t> seen;
      for (int i = 0; i < 2000; ++i) {
        const uint32_t lead = popularity.Pick(&random);
        ASSERT_LT(lead, leads);
        const int level = popularity.LevelOf(lead);
        ASSERT_TRUE(level >= 0 && level < Popularity::kLevels);
        seen.insert(lead);
      }
      EXPECT_EQ(seen.size(), leads <= 10 ? leads : seen.size());
    }
  }
}

TEST(PopularityTest, UniformIsUniform) {
  const Popularity popularity(Distribution::kUniform, 100, 3);
  Random random(11);
  std::vector<int> picked(100);
  for (int i = 0; i < 100'000; ++i) ++picked[popularity.Pick(&random)];
  EXPECT_GT(std::ranges::min(picked), 850);
  EXPECT_LT(std::ranges::max(picked), 1150);
}

TEST(PeopleTest, AddressesDifferAndAProfileNamesItsOwn) {
  std::set<std::string> addresses;
  for (uint32_t lead = 0; lead < 5000; ++lead) {
    const std::string address = AddressOf(1, lead);
    EXPECT_TRUE(addresses.insert(address).second) << address;
    const codec::NamedValues profile = ProfileOf(1, lead, kStart);
    EXPECT_TRUE(std::ranges::is_sorted(profile, {}, [](const auto& named) { return named.first; }));
    const auto email = std::ranges::find(profile, "email", [](const auto& named) { return named.first; });
    ASSERT_NE(email, profile.end());
    EXPECT_EQ(std::get<std::string>(email->second), address);
  }
}

PendingRecord Pending(Millis arrival, uint64_t number, bool again = false) {
  PendingRecord record;
  record.arrival = record.occurred = kStart + arrival;
  record.number = number;
  record.again = again;
  return record;
}

TEST(PendingRecordsTest, RecordsComeByArrivalThenNumberAndTheSecondTimeLast) {
  PendingRecords pending(kStart, kStart + std::chrono::hours(1));
  pending.Add(Pending(std::chrono::minutes(7), 1));
  pending.Add(Pending(Millis{5}, 4, true));
  pending.Add(Pending(Millis{5}, 4));
  pending.Add(Pending(Millis{5}, 3));
  pending.Add(Pending(Millis{4}, 9));
  EXPECT_EQ(pending.size(), 5u);
  std::vector<PendingRecord> slice;
  ASSERT_TRUE(pending.TakeSlice(&slice));
  ASSERT_EQ(slice.size(), 4u);
  EXPECT_EQ(slice[0].number, 9u);
  EXPECT_EQ(slice[1].number, 3u);
  EXPECT_EQ(slice[2].number, 4u);
  EXPECT_FALSE(slice[2].again);
  EXPECT_TRUE(slice[3].again);
  EXPECT_EQ(pending.now(), kStart + kSlice);
  ASSERT_TRUE(pending.TakeSlice(&slice));
  ASSERT_EQ(slice.size(), 1u);
  EXPECT_EQ(slice[0].number, 1u);
}

TEST(PendingRecordsTest, WhatWouldComeAfterTheHorizonOrTheEndIsDropped) {
  PendingRecords pending(kStart, kStart + std::chrono::days(20));
  pending.Add(Pending(kHorizon - Millis{1}, 1));
  pending.Add(Pending(kHorizon, 2));
  EXPECT_EQ(pending.size(), 1u);
  PendingRecords ending(kStart, kStart + kSlice);
  ending.Add(Pending(kSlice - Millis{1}, 1));
  ending.Add(Pending(kSlice, 2));
  std::vector<PendingRecord> slice;
  EXPECT_TRUE(ending.TakeSlice(&slice));
  EXPECT_EQ(slice.size(), 1u);
  EXPECT_FALSE(ending.TakeSlice(&slice));
  EXPECT_TRUE(slice.empty());
}

}  // namespace leadpulse::simulate::simulate_parts_test
