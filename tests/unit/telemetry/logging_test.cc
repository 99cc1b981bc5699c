#include "processor/telemetry/logging.h"

#include <gtest/gtest.h>

namespace leadpulse::telemetry::logging_test {

TEST(LoggingTest, JsonLinesAreEscaped) {
  EXPECT_EQ(JsonLogLine("2026-03-10T09:30:00Z", "info", "a \"b\"\nc"),
            "{\"time\":\"2026-03-10T09:30:00Z\",\"level\":\"info\",\"message\":\"a \\\"b\\\"\\nc\"}\n");
}

// A sent text neither moves the cursor, nor reverses what follows, nor looks like a line of the log.
TEST(LoggingTest, NothingInAMessageSteersATerminal) {
  constexpr std::string_view kHostile = "name \x1B[2J\x07 \u009B31m \u202E x\n2026-03-10 error forged";
  constexpr std::string_view kShown = R"(name \u001b[2J\u0007 \u009b31m \u202e x\n2026-03-10 error forged)";
  EXPECT_EQ(JsonLogLine("t", "info", kHostile),
            "{\"time\":\"t\",\"level\":\"info\",\"message\":\"" + std::string(kShown) + "\"}\n");
  ASSERT_TRUE(SetUpLogging("info").ok());
  ::testing::internal::CaptureStderr();
  LogWarning(kHostile);
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(line.ends_with(" warning " + std::string(kShown) + "\n")) << line;
}

TEST(LoggingTest, FieldsAreMembersOfTheJsonLine) {
  EXPECT_EQ(JsonLogLine("t", "warning", "m",
                        {TopicField("engagement.events"), PartitionField(PartitionId{3}), OffsetField(-1),
                         TenantField("acme"), ErrorField("a \"b\"\x1B")}),
            R"({"time":"t","level":"warning","message":"m","topic":"engagement.events","partition":3,"offset":-1,)"
            R"("tenant":"acme","error":"a \"b\"\u001b"})"
            "\n");
}

// Logs a line with a field, then one without.
std::string TwoLines(bool json) {
  EXPECT_TRUE(SetUpLogging("info", json).ok());
  ::testing::internal::CaptureStderr();
  LogWarning("first", {PartitionField(PartitionId{7})});
  LogInfo("second");
  LogDebug("not shown", {PartitionField(PartitionId{8})});
  return ::testing::internal::GetCapturedStderr();
}

TEST(LoggingTest, AnEmptyTextIsLeftOut) {
  EXPECT_EQ(JsonLogLine("t", "info", "m", {TenantField(""), PartitionField(PartitionId{0}), ErrorField("")}),
            R"({"time":"t","level":"info","message":"m","partition":0})"
            "\n");
}

TEST(LoggingTest, AFieldBelongsToItsLineAlone) {
  const std::string lines = TwoLines(/*json=*/true);
  EXPECT_NE(lines.find(R"("message":"first","partition":7})"), std::string::npos) << lines;
  EXPECT_NE(lines.find(R"("message":"second"})"), std::string::npos) << lines;
}

TEST(LoggingTest, TheTextLeavesFieldsOut) {
  const std::string lines = TwoLines(/*json=*/false);
  EXPECT_NE(lines.find(" warning first\n"), std::string::npos) << lines;
  EXPECT_TRUE(lines.ends_with(" info second\n")) << lines;
}

TEST(LoggingTest, AnUnknownLevelIsRejected) {
  EXPECT_FALSE(SetUpLogging("loud").ok());
  for (const std::string& level : LogLevels()) EXPECT_TRUE(SetUpLogging(level, /*json=*/true).ok());
}

TEST(LoggingTest, WhoAsksKnowsWhetherDebugIsLogged) {
  ASSERT_TRUE(SetUpLogging("info").ok());
  EXPECT_FALSE(IsDebugLogged());
  ASSERT_TRUE(SetUpLogging("debug").ok());
  EXPECT_TRUE(IsDebugLogged());
}

}  // namespace leadpulse::telemetry::logging_test
