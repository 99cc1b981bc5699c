#include "processor/engine/partitioner.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace leadpulse::engine::partitioner_test {

// The test vectors of Kafka's own UtilsTest.testMurmur2.
TEST(Partitioner, Murmur2IsKafkas) {
  EXPECT_EQ(static_cast<int32_t>(Murmur2("21")), -973932308);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("foobar")), -790332482);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-long-string")), -985981536);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-longer-string")), -1486304829);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")), -58897971);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("abc")), 479470107);
}

TEST(Partitioner, PartitionsAreUsedAndStable) {
  std::set<uint32_t> used;
  for (int i = 0; i < 1000; ++i) {
    const LeadKey key{"acme", "lead" + std::to_string(i)};
    const PartitionId partition = PartitionOf(key, 7);
    EXPECT_LT(partition.value, 7u);
    EXPECT_EQ(partition, PartitionOf(key, 7));
    used.insert(partition.value);
  }
  EXPECT_EQ(used.size(), 7u);
}

}  // namespace leadpulse::engine::partitioner_test
