#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka::handed_on_warning_test {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::chrono::steady_clock::time_point kNow{std::chrono::hours(1)};

class HandedOnWarningTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging("warning").ok()); }

  std::string Log(std::chrono::steady_clock::time_point now = kNow) {
    ::testing::internal::CaptureStderr();
    warning_.Log(now);
    return ::testing::internal::GetCapturedStderr();
  }

  HandedOnWarning warning_;
};

TEST_F(HandedOnWarningTest, NothingIsLoggedWithoutSuchRecords) {
  warning_.Add("engagement.events", PartitionId{3}, 0);
  EXPECT_THAT(Log(), IsEmpty());
}

TEST_F(HandedOnWarningTest, ItNamesThePartitionTheNumberAndTheRemedy) {
  warning_.Add("engagement.events", PartitionId{3}, 5);
  warning_.Add("engagement.events", PartitionId{3}, 7);
  const std::string logged = Log();
  EXPECT_THAT(logged, HasSubstr("engagement.events [3]: 12 records were handed to the partitions of their leads"));
  EXPECT_THAT(logged, HasSubstr("the key `tenant NUL lead` and the partitioner `murmur2_random`"));
  EXPECT_THAT(logged, HasSubstr("schemas/PRODUCERS.md"));
  EXPECT_THAT(logged, Not(HasSubstr("in all partitions")));
}

TEST_F(HandedOnWarningTest, OfSeveralPartitionsTheOneWithMostIsNamed) {
  warning_.Add("engagement.events", PartitionId{0}, 5);
  warning_.Add("lead.commands", PartitionId{1}, 6);
  EXPECT_THAT(Log(), HasSubstr("lead.commands [1]: 6 records were handed to the partitions of their leads, each a "
                               "commit later than from there; 11 in all partitions"));
}

TEST_F(HandedOnWarningTest, ItComesOnceAMinuteWithWhatCameSince) {
  warning_.Add("engagement.events", PartitionId{0}, 1);
  EXPECT_THAT(Log(), Not(IsEmpty()));
  warning_.Add("engagement.events", PartitionId{0}, 20);
  EXPECT_THAT(Log(kNow + minutes(1) - seconds(1)), IsEmpty());
  warning_.Add("engagement.events", PartitionId{0}, 3);
  EXPECT_THAT(Log(kNow + minutes(1)), HasSubstr(" 23 records"));
  EXPECT_THAT(Log(kNow + minutes(2)), IsEmpty());
}

}  // namespace leadpulse::kafka::handed_on_warning_test
