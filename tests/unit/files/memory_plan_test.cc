#include "processor/files/memory_plan.h"

#include <gtest/gtest.h>

namespace leadpulse::files::memory_plan_test {

constexpr size_t kMebibyte = size_t{1} << 20;

TEST(MemoryPlanTest, TheParts_TogetherStayBelowTheWhole) {
  for (size_t mib = 192; mib <= 65'536; mib += 64) {
    const MemoryPlan plan = PlanMemory(mib * kMebibyte);
    EXPECT_LT(plan.leads + plan.changed_leads + plan.blocks + 2 * plan.write_buffer, mib * kMebibyte) << mib << " MiB";
  }
}

TEST(MemoryPlanTest, WhatIsGivenBeside_GoesToLeadsMostOfAll) {
  const MemoryPlan less = PlanMemory(4096 * kMebibyte);
  const MemoryPlan more = PlanMemory(8192 * kMebibyte);
  EXPECT_GT(more.leads - less.leads, 2048 * kMebibyte);
  EXPECT_GT(more.blocks, less.blocks);
  // Longer epochs and larger buffers would have no benefit.
  EXPECT_EQ(more.changed_leads, less.changed_leads);
  EXPECT_EQ(more.write_buffer, less.write_buffer);
}

TEST(MemoryPlanTest, HoweverLittleIsGiven_EachPartHasWhatItCannotDoWithout) {
  for (size_t total : {size_t{0}, kMebibyte, 96 * kMebibyte, 128 * kMebibyte}) {
    const MemoryPlan plan = PlanMemory(total);
    EXPECT_GE(plan.leads, 8 * kMebibyte);
    EXPECT_GE(plan.changed_leads, 16 * kMebibyte);
    EXPECT_GE(plan.blocks, 4 * kMebibyte);
    EXPECT_GE(plan.write_buffer, 2 * kMebibyte);
  }
}

}  // namespace leadpulse::files::memory_plan_test
