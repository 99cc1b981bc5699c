#include "processor/telemetry/logging.h"

#include <gtest/gtest.h>

namespace leadpulse::telemetry::logging_test {

TEST(LoggingTest, JsonLinesAreEscaped) {
  EXPECT_EQ(JsonLogLine("2026-03-10T09:30:00Z", "info", "a \"b\"\nc"),
            "{\"time\":\"2026-03-10T09:30:00Z\",\"level\":\"info\",\"message\":\"a \\\"b\\\"\\nc\"}\n");
}

TEST(LoggingTest, AnUnknownLevelIsRejected) {
  EXPECT_FALSE(SetUpLogging({"loud", LogFormat::kText}).ok());
  for (const std::string& level : LogLevels()) EXPECT_TRUE(SetUpLogging({level, LogFormat::kJson}).ok());
}

TEST(LoggingTest, WhoAsksKnowsWhetherDebugIsLogged) {
  ASSERT_TRUE(SetUpLogging({"info", LogFormat::kText}).ok());
  EXPECT_FALSE(IsDebugLogged());
  ASSERT_TRUE(SetUpLogging({"debug", LogFormat::kText}).ok());
  EXPECT_TRUE(IsDebugLogged());
}

}  // namespace leadpulse::telemetry::logging_test
