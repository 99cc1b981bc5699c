// When the wall clock is believed, and what time it is meanwhile.
#include "processor/base/clock_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leadpulse::clock_guard_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ClockGuardTest : public ::testing::Test {
 protected:
  void Pass(Millis boot, Millis wall) {
    boot_ += boot;
    wall_.Set(wall_.Now() + wall);
  }
  bool IsBelieved() const { return !guard_.FindDoubt().has_value(); }

  static constexpr Instant kBegin{1'772'323'200'000};
  FixedClock wall_{kBegin};
  Millis boot_{5'000};
  ClockGuard guard_{&wall_, [this] { return boot_; }};
};

TEST_F(ClockGuardTest, AJumpIsDoubtfulUntilTheClockIsPlausibleAgain) {
  const struct {
    Millis boot, wall;
    bool is_believed;
  } steps[] = {{3s, 3s, true},
               {1h, 1h, true},
               {720h, 720h, true},  // it slept, or nothing looked
               {1s, 1s + 1h, true},
               {1s, 1s - 1h, true},
               {1s, 1s + 1h + 1ms, false},
               {1s, 1s - 1h - 1ms, false},
               {3s, 400 * 24h, false},
               {3s, -400 * 24h, false},
               {0s, 2h, false}};
  for (const auto& step : steps) {
    guard_.Begin(kBegin);
    wall_.Set(kBegin);
    ASSERT_TRUE(IsBelieved());
    Pass(step.boot, step.wall);
    EXPECT_EQ(IsBelieved(), step.is_believed) << step.boot.count() << " " << step.wall.count();
    EXPECT_EQ(guard_.Now(), kBegin + (step.is_believed ? step.wall : step.boot));
    Pass(10min, step.boot - step.wall + 10min);  // set right
    EXPECT_TRUE(IsBelieved());
    EXPECT_EQ(guard_.Now(), wall_.Now());
  }
}

TEST_F(ClockGuardTest, ASlowDriftIsBelieved) {
  for (int day = 0; day < 100; ++day) {
    Pass(24h, 24h + 50min);
    EXPECT_TRUE(IsBelieved());
  }
}

TEST_F(ClockGuardTest, AStartFarFromTheStateIsDoubtful) {
  const struct {
    Millis away;
    bool is_believed;
  } starts[] = {
      {365 * 24h, true}, {365 * 24h + 1ms, false}, {-365 * 24h - 1ms, false}, {-365 * 24h, true}, {0ms, true}};
  for (const auto& start : starts) {
    guard_.Begin(kBegin);
    wall_.Set(kBegin + start.away);
    EXPECT_EQ(IsBelieved(), start.is_believed) << start.away.count();
    EXPECT_EQ(guard_.Now(), start.is_believed ? wall_.Now() : kBegin);
    if (!start.is_believed) {
      EXPECT_THAT(*guard_.FindDoubt(), HasSubstr("--accept-clock"));
    }
    wall_.Set(kBegin + 5s);
    EXPECT_EQ(IsBelieved(), !start.is_believed || start.away == 0ms);  // otherwise a jump
  }
  guard_.Begin(Instant::DistantPast());  // a new state
  wall_.Set({0});
  EXPECT_TRUE(IsBelieved());
}

}  // namespace leadpulse::clock_guard_test
