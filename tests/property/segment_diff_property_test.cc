// Compares ApplyDiff with sets.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

#include "processor/view/incremental/segment_diff.h"

namespace leadpulse::view::segment_diff_property_test {

using state::SegmentIndexes;

RC_GTEST_PROP(SegmentDiffProperty, LeavesWhatSetsHold, ()) {
  const auto index = rc::gen::inRange<uint32_t>(0, 24);
  std::set<uint32_t> expected = *rc::gen::container<std::set<uint32_t>>(index);
  const std::set<uint32_t> asked = *rc::gen::container<std::set<uint32_t>>(index);
  SegmentIndexes segments(expected.begin(), expected.end());
  std::vector<uint32_t> left, entered;
  for (const uint32_t segment : asked) (expected.contains(segment) ? left : entered).push_back(segment);
  for (const uint32_t segment : left) expected.erase(segment);
  expected.insert(entered.begin(), entered.end());
  ApplyDiff({left, entered}, &segments);
  RC_ASSERT(segments == SegmentIndexes(expected.begin(), expected.end()));
}

TEST(SegmentDiffDeathTest, RefusesToLeaveWhatIsNotHeld) {
  SegmentIndexes segments{1, 3};
  const std::vector<uint32_t> left{2};
  EXPECT_DEATH(ApplyDiff({left, {}}, &segments), "internal error");
}

}  // namespace leadpulse::view::segment_diff_property_test
