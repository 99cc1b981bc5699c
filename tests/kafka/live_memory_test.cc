#include <gtest/gtest.h>

#include "processor/kafka/live_run.h"

namespace leadpulse::kafka::live_memory_test {

constexpr size_t kMebibyte = size_t{1} << 20;
constexpr size_t kAnyCache = size_t{1} << 40;

// Counts each part as often as it may exist at once, as README.md of processor/kafka says.
size_t Sum(const LiveMemory& memory, size_t workers, bool has_standby) {
  return memory.cache + 2 * memory.write_buffer + 2 * memory.write_behind +
         workers * (2 * memory.fetched + 2 * memory.epoch + memory.restore + memory.published) +
         (has_standby ? memory.fetched + memory.restore : 0);
}

TEST(LiveMemoryTest, ThePartsTogetherStayBelowTheWhole) {
  for (const bool has_standby : {false, true}) {
    for (size_t workers : {1, 2, 8, 64}) {
      for (size_t mib = 256 + 50 * workers; mib <= 65'536; mib += 64) {
        const LiveMemory memory = PlanLiveMemory(mib * kMebibyte, kAnyCache, workers, has_standby);
        EXPECT_LT(Sum(memory, workers, has_standby), mib * kMebibyte) << mib << " MiB, " << workers << has_standby;
      }
    }
  }
}

TEST(LiveMemoryTest, TheCacheIsNoLargerThanAskedFor) {
  EXPECT_EQ(PlanLiveMemory(8192 * kMebibyte, 256 * kMebibyte, 1).cache, 256 * kMebibyte);
  EXPECT_GT(PlanLiveMemory(8192 * kMebibyte, kAnyCache, 1).cache, 4096 * kMebibyte);
  EXPECT_LT(PlanLiveMemory(512 * kMebibyte, 256 * kMebibyte, 1).cache, 256 * kMebibyte);
}

// The result for the default settings, so that a change of it is intended.
TEST(LiveMemoryTest, OneWorkerAndTheDefaults) {
  const LiveMemory memory = PlanLiveMemory(1536 * kMebibyte, kAnyCache, 1);
  EXPECT_EQ(memory.cache / kMebibyte, 395);
  EXPECT_EQ(memory.write_buffer, 64 * kMebibyte);
  EXPECT_EQ(memory.write_behind, 128 * kMebibyte);
  EXPECT_EQ(memory.fetched / kMebibyte, 25);
  EXPECT_EQ(memory.epoch / kMebibyte, 35);
  EXPECT_EQ(memory.restore / kMebibyte, 32);
  EXPECT_EQ(memory.published / kMebibyte, 89);
}

TEST(LiveMemoryTest, HoweverLittleIsGivenARecordGetsThrough) {
  for (size_t total : {size_t{0}, kMebibyte, 128 * kMebibyte}) {
    const LiveMemory memory = PlanLiveMemory(total, kAnyCache, 64);
    EXPECT_GE(memory.fetched, kMebibyte);
    EXPECT_GT(memory.published, (16 + 1) * kMebibyte);  // `message.max.bytes` of a producer
    EXPECT_GT(memory.epoch, 5 * kMebibyte);             // a journal has 4 MiB at most, besides the rest of the lead
    EXPECT_GE(memory.write_buffer, kMebibyte);
    EXPECT_GE(memory.write_behind, kMebibyte);
    EXPECT_GE(memory.cache, kMebibyte);
  }
}

}  // namespace leadpulse::kafka::live_memory_test
