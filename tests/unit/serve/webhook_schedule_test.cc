// What follows a post of a webhook: waits, Retry-After, and the end after 410 and after five days.
#include "processor/serve/api/hooks/webhook_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace leadpulse::serve::webhook_schedule_test {

using ::testing::HasSubstr;

constexpr Instant kNow{1'772'323'200'000};  // 2026-03-01

Result<http::ClientResponse> Answer(int status, std::optional<std::string> retry_after = {}) {
  return http::ClientResponse{status, std::move(retry_after), ""};
}

class WebhookScheduleTest : public ::testing::Test {
 protected:
  // Returns the wait after a post that was answered at once.
  std::optional<Millis> WaitAfter(const Result<http::ClientResponse>& answer) {
    const access::WebhookAttempt attempt = schedule_.After(answer, clock_.Now());
    return attempt.next ? std::optional(*attempt.next - clock_.Now()) : std::nullopt;
  }

  FixedClock clock_{kNow};
  WebhookSchedule schedule_{&clock_, [] { return 1.0; }};
};

TEST_F(WebhookScheduleTest, WaitsDoubleUpToFiveMinutesAndBeginAgainAfterASuccess) {
  for (const int64_t seconds : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    EXPECT_EQ(WaitAfter(Answer(500)), Millis{seconds * 1'000});
  }
  EXPECT_EQ(WaitAfter(Answer(204)), std::nullopt);
  EXPECT_EQ(WaitAfter(Status::Retriable("no connection")), Millis{1'000});
  schedule_.Reset();
  EXPECT_EQ(WaitAfter(Answer(500)), Millis{1'000});
}

TEST_F(WebhookScheduleTest, TheReceiverSaysWhen) {
  EXPECT_EQ(WaitAfter(Answer(503, "7")), Millis{7'000});
  EXPECT_EQ(WaitAfter(Answer(429, "Sun, 01 Mar 2026 00:00:09 GMT")), Millis{9'000});
  EXPECT_EQ(WaitAfter(Answer(429, "86400")), Millis{3'600'000});
  EXPECT_EQ(WaitAfter(Answer(429, "soon")), Millis{8'000});
}

TEST_F(WebhookScheduleTest, AnAttemptSaysWhatHappened) {
  clock_.Set(kNow + Millis{250});
  access::WebhookAttempt attempt = schedule_.After(Answer(200), kNow);
  EXPECT_EQ(attempt.at, kNow);
  EXPECT_EQ(attempt.took, Millis{250});
  EXPECT_EQ(attempt.status, 200);
  EXPECT_EQ(attempt.problem, "");
  for (const int status : {301, 400, 404, 500}) {
    attempt = schedule_.After(Answer(status), kNow);
    EXPECT_EQ(attempt.problem, "the receiver answered " + std::to_string(status));
    EXPECT_TRUE(attempt.next) << status;
  }
  attempt = schedule_.After(Status::Retriable("https://crm.example: timed out"), kNow);
  EXPECT_EQ(attempt.status, 0);
  EXPECT_EQ(attempt.problem, "https://crm.example: timed out");
}

TEST_F(WebhookScheduleTest, StopsAtOnceOrAfterFiveDays) {
  const auto why = [this](const Result<http::ClientResponse>& answer, std::optional<Instant> failing_since) {
    return WebhookSchedule::WhyStops(answer, schedule_.After(answer, clock_.Now()), failing_since);
  };
  EXPECT_THAT(why(Answer(410), std::nullopt).value_or(""), HasSubstr("410"));
  EXPECT_EQ(why(Status::Rejected("no address"), std::nullopt), "no address");
  EXPECT_EQ(why(Answer(500), std::nullopt), std::nullopt);
  EXPECT_EQ(why(Answer(500), kNow), std::nullopt);
  clock_.Set(kNow + kLongestFailure - Millis{1});
  EXPECT_EQ(why(Answer(404), kNow), std::nullopt);
  clock_.Set(kNow + kLongestFailure);
  EXPECT_EQ(why(Answer(200), kNow), std::nullopt);
  EXPECT_EQ(why(Answer(404), kNow), "no post was accepted for five days; at last, the receiver answered 404");
}

}  // namespace leadpulse::serve::webhook_schedule_test
