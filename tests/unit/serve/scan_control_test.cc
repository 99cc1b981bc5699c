// The reasons to end a scan early.
#include "processor/serve/queries/scan_control.h"

#include <gtest/gtest.h>

namespace leadpulse::serve::scan_control_test {

TEST(ScanControl, ALaterScanOfTheSameOwnerEndsTheFirst) {
  ScanControl control;
  const Scan first = control.Begin("ann");
  const Scan other = control.Begin("bob");
  EXPECT_EQ(first(), ScanEnd::kNotEnded);
  const Scan second = control.Begin("ann");
  EXPECT_EQ(first(), ScanEnd::kSuperseded);
  EXPECT_EQ(second(), ScanEnd::kNotEnded);
  EXPECT_EQ(other(), ScanEnd::kNotEnded);
}

TEST(ScanControl, AScanThatIsThroughIsForgotten) {
  ScanControl control;
  { const Scan first = control.Begin("ann"); }
  EXPECT_EQ(control.Begin("ann")(), ScanEnd::kNotEnded);
}

TEST(ScanControl, AStopEndsAllScansAndLaterOnes) {
  ScanControl control;
  const Scan first = control.Begin("ann");
  control.Stop();
  EXPECT_EQ(first(), ScanEnd::kStopped);
  EXPECT_EQ(control.Begin("bob")(), ScanEnd::kStopped);
}

}  // namespace leadpulse::serve::scan_control_test
