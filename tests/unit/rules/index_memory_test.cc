#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "processor/rules/index/packed_lists.h"

namespace leadpulse::rules {
namespace {

TEST(IndexMemoryTest, WhatIsKeptStaysAsItWasWhateverFollows) {
  IndexMemory memory(64);
  std::vector<std::span<const uint32_t>> kept;
  for (uint32_t count = 0; count < 200; ++count) {
    std::vector<uint32_t> items(count);
    std::iota(items.begin(), items.end(), count);
    kept.push_back(memory.Keep(items));
  }
  for (uint32_t count = 0; count < 200; ++count) {
    ASSERT_EQ(kept[count].size(), count);
    for (uint32_t i = 0; i < count; ++i) EXPECT_EQ(kept[count][i], count + i);
  }
}

TEST(IndexMemoryTest, NeighboursOfOtherSizesBeginWhereTheyMay) {
  IndexMemory memory(64);
  for (int i = 0; i < 50; ++i) {
    memory.Make<uint8_t>(1);
    const std::span<uint64_t> numbers = memory.Make<uint64_t>(3);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(numbers.data()) % alignof(uint64_t), 0u);
  }
}

TEST(IndexMemoryTest, WhatFitsTheFirstPieceLiesBesideEachOther) {
  IndexMemory memory(4096);
  const std::span<uint64_t> first = memory.Make<uint64_t>(100);
  const std::span<uint64_t> second = memory.Make<uint64_t>(100);
  EXPECT_EQ(second.data(), first.data() + first.size());
}

}  // namespace
}  // namespace leadpulse::rules
