#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka::clock_warning_test {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::chrono::steady_clock::time_point kNow{std::chrono::hours(1)};

class ClockWarningTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging("warning").ok()); }

  // Returns the log when partitions 0 and 1 are this far ahead.
  std::string Log(seconds first, seconds second, std::chrono::steady_clock::time_point now = kNow) {
    std::vector<PartitionLag> lags(2);
    lags[0].clock_ahead = first;
    lags[1].partition = PartitionId{1};
    lags[1].clock_ahead = second;
    ::testing::internal::CaptureStderr();
    warning_.Log(lags, now);
    return ::testing::internal::GetCapturedStderr();
  }

  ClockWarning warning_;
};

TEST_F(ClockWarningTest, NothingIsLoggedWhileClocksDifferByLittle) {
  EXPECT_THAT(Log(seconds(9), seconds(-3600)), IsEmpty());
  warning_.Log({}, kNow);
}

TEST_F(ClockWarningTest, ThePartitionThatIsMostAheadIsNamed) {
  const std::string one = Log(seconds(9), seconds(10));
  EXPECT_THAT(one, HasSubstr("partition 1: partition clock is 10 s ahead"));
  EXPECT_THAT(one, Not(HasSubstr("Partitions that are ahead")));
  EXPECT_THAT(Log(seconds(40), seconds(10), kNow + minutes(10)),
              HasSubstr("partition 0: partition clock is 40 s ahead"));
}

TEST_F(ClockWarningTest, AllThatAreAheadAreCounted) {
  EXPECT_THAT(Log(seconds(40), seconds(50)), HasSubstr("Partitions that are ahead: 2"));
}

TEST_F(ClockWarningTest, TheWarningIsRepeatedAfterTenMinutes) {
  EXPECT_THAT(Log(seconds(40), seconds(0)), Not(IsEmpty()));
  EXPECT_THAT(Log(seconds(40), seconds(0), kNow + minutes(10) - seconds(1)), IsEmpty());
  EXPECT_THAT(Log(seconds(40), seconds(0), kNow + minutes(10)), Not(IsEmpty()));
}

}  // namespace leadpulse::kafka::clock_warning_test
