#include <gtest/gtest.h>

#include <chrono>

#include "processor/serve/runs/run_port.h"

namespace leadpulse::serve {
namespace {

using std::chrono::milliseconds;

class OutageTest : public ::testing::Test {
 protected:
  void FailAfter(milliseconds took) { outage_.Failed(Status::Retriable("gone"), now_, now_ + took); }
  bool Skips(milliseconds after) const { return outage_.Current(now_ + after).has_value(); }

  const Outage::Time now_{std::chrono::hours(1)};
  Outage outage_;
};

TEST_F(OutageTest, AMachineThatIsGoneIsLeftOutForAWhile) {
  FailAfter(milliseconds(2'010));
  EXPECT_TRUE(Skips(milliseconds(2'010)));
  EXPECT_EQ(outage_.Current(now_ + milliseconds(7'009))->message(), "gone");
  EXPECT_FALSE(Skips(milliseconds(7'010)));
}

TEST_F(OutageTest, ARefusalAndASlowAnswerLeaveNothingOut) {
  FailAfter(milliseconds(1));
  EXPECT_FALSE(Skips(milliseconds(2)));
  FailAfter(milliseconds(30'000));
  EXPECT_FALSE(Skips(milliseconds(30'001)));
}

TEST_F(OutageTest, AnAnswerEndsIt) {
  FailAfter(milliseconds(2'010));
  outage_.Answered();
  EXPECT_FALSE(Skips(milliseconds(2'011)));
}

}  // namespace
}  // namespace leadpulse::serve
