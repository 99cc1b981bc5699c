// The limits of a body's contents that would cost more than its size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "processor/webhooks/provider.h"
#include "processor/webhooks/services.h"

namespace leadpulse::webhooks::webhook_bounds_test {

using ::testing::IsEmpty;
using ::testing::SizeIs;

ConversionOptions Options() {
  ConversionOptions options;
  options.tenant = "acme";
  return options;
}

Result<Conversion> Read(const char* provider, const std::string& body, const ConversionOptions& options = Options()) {
  return FindProvider(provider)->Convert({.body = body, .received_at = {1'772'323'200'000}}, options);
}

std::string Repeated(const std::string& text, size_t count) {
  std::string all = text;
  for (size_t i = 1; i < count; ++i) all += "," + text;
  return all;
}

TEST(WebhookBoundsTest, AMailOfSesHasAtMostAHundredRecipients) {
  const auto bounce = [](size_t count) {
    return R"({"eventType":"Bounce","bounce":{"bouncedRecipients":[)" + Repeated(R"({"emailAddress":"a@b.c"})", count) +
           "]}}";
  };
  EXPECT_THAT(Read("amazon-ses", bounce(100))->events, SizeIs(100));
  const Conversion more = *Read("amazon-ses", bounce(101));
  EXPECT_THAT(more.events, IsEmpty());
  ASSERT_THAT(more.skipped, SizeIs(1));
  EXPECT_EQ(more.skipped[0].reason, SkipReason::kIncomplete);
  EXPECT_EQ(more.skipped[0].detail, "it has more recipients than a mail of SES");
}

TEST(WebhookBoundsTest, AContactListOfSesHasAtMostAHundredTopics) {
  const auto change = [](size_t before, size_t after) {
    const std::string topic = R"({"topicName":"t","subscriptionStatus":"OptIn"})";
    return R"({"eventType":"Subscription","mail":{"destination":["a@b.c"]},"subscription":{"oldTopicPreferences":)"
           R"({"topicSubscriptionStatus":[)" +
           Repeated(topic, before) + R"(]},"newTopicPreferences":{"topicSubscriptionStatus":[)" +
           Repeated(topic, after) + R"(,{"topicName":"u","subscriptionStatus":"OptOut"}]}}})";
  };
  EXPECT_THAT(Read("amazon-ses", change(100, 99))->events, SizeIs(1));
  for (const auto& [before, after] : {std::pair(101, 1), std::pair(1, 100)}) {
    const Conversion more = *Read("amazon-ses", change(before, after));
    EXPECT_THAT(more.events, IsEmpty());
    ASSERT_THAT(more.skipped, SizeIs(1));
    EXPECT_EQ(more.skipped[0].detail, "it has more topics than a contact list of SES");
    EXPECT_NE(more.skipped[0].item, "");
  }
}

// Beyond the limit of a lead, an opt-out is from everything and its end lifts nothing.
TEST(WebhookBoundsTest, AContactOfResendHasAtMostAHundredTopics) {
  const auto change = [](size_t joined, size_t left) {
    std::string topics;
    for (size_t i = 0; i < joined + left; ++i) {
      topics += (i == 0 ? "" : ",") + std::string(R"({"id":")") + std::to_string(i) + R"(","subscription":")" +
                (i < joined ? "opt_in" : "opt_out") + "\"}";
    }
    return R"({"type":"contact.topics.updated","data":{"email":"a@b.c","topics":[)" + topics + "]}}";
  };
  EXPECT_THAT(Read("resend", change(50, 50))->events, SizeIs(100));
  const Conversion left = *Read("resend", change(100, 1));
  ASSERT_THAT(left.events, SizeIs(1));
  EXPECT_EQ(left.events[0].type, EventType::kUnsubscribe);
  EXPECT_EQ(left.events[0].topic, "");
  const Conversion joined = *Read("resend", change(101, 0));
  EXPECT_THAT(joined.events, IsEmpty());
  ASSERT_THAT(joined.skipped, SizeIs(1));
  EXPECT_EQ(joined.skipped[0].reason, SkipReason::kIncomplete);
}

TEST(WebhookBoundsTest, AnEventThatIsSkippedSeveralTimesIsKeptOnce) {
  const Conversion bounce =
      *Read("amazon-ses", R"({"eventType":"Bounce","bounce":{"bouncedRecipients":[{},{"emailAddress":"a@b.c"},{}]}})");
  EXPECT_THAT(bounce.events, SizeIs(1));
  ASSERT_THAT(bounce.skipped, SizeIs(2));
  EXPECT_THAT(bounce.skipped[0].item, ::testing::StartsWith("{\"eventType\""));
  EXPECT_EQ(bounce.skipped[1].item, "");
  const Conversion classes =
      *Read("sparkpost", R"([{"msys":{"a":{"type":"x"},"b":{"type":"y"}}},{"msys":{"a":{"type":"x"}}}])");
  ASSERT_THAT(classes.skipped, SizeIs(3));
  EXPECT_NE(classes.skipped[0].item, "");
  EXPECT_EQ(classes.skipped[1].item, "");
  EXPECT_EQ(classes.skipped[2].item, R"({"msys":{"a":{"type":"x"}}})");
}

TEST(WebhookBoundsTest, ANameIsCutBetweenCharacters) {
  for (const auto& [name, cut] : {std::pair(std::string(128, 'n'), std::string(128, 'n')),
                                  std::pair(std::string(129, 'n'), std::string(128, 'n')),
                                  std::pair(std::string(127, 'n') + "\u00e9", std::string(127, 'n')),
                                  std::pair(std::string(126, 'n') + "\u00e9x", std::string(126, 'n') + "\u00e9")}) {
    const Conversion unknown = *Read("sendgrid", R"([{"event":")" + name + "\"}]");
    ASSERT_THAT(unknown.skipped, SizeIs(1));
    EXPECT_EQ(unknown.skipped[0].name, cut);
    EXPECT_EQ(unknown.skipped[0].item, R"({"event":")" + name + "\"}");
  }
  EXPECT_THAT(Read("mailtrap", R"({"event":"audit_log.)" + std::string(1000, 'n') + "\"}")->skipped[0].name,
              SizeIs(kMaxSkippedNameBytes));
}

TEST(WebhookBoundsTest, OnlyTenantsThatAreListedMayBeNamed) {
  ConversionOptions options = Options();
  options.tenant_argument = "shop";
  options.tenants = {"north", "south"};
  const auto tenants = [&](const std::string& shop) {
    const Conversion read = *Read("sendgrid", R"([{"event":"open","email":"a@b.c","shop":")" + shop + "\"}]", options);
    std::string text;
    for (const codec::Event& event : read.events) text += event.key.tenant;
    for (const Skipped& skipped : read.skipped) text += std::to_string(static_cast<int>(skipped.reason)) + skipped.item;
    return text;
  };
  EXPECT_EQ(tenants("north"), "north");
  EXPECT_EQ(tenants("south"), "south");
  EXPECT_EQ(tenants("acme"), "acme");
  EXPECT_EQ(tenants(""), "acme");
  EXPECT_EQ(tenants("no tenant"), "acme");
  EXPECT_EQ(tenants("west"), R"(3{"event":"open","email":"a@b.c","shop":"west"})");
  options.tenants.clear();
  EXPECT_EQ(tenants("west"), "west");
}

TEST(WebhookBoundsTest, LinesShareOneBound) {
  const std::string line = R"({"event":"open","email":"a@b.c","values":[)" + Repeated("0", 60'000) + "]}\n";
  EXPECT_THAT(Read("mailtrap", line + line.substr(0, 60) + "0]}\n")->events, SizeIs(2));
  const Result<Conversion> more = Read("mailtrap", line + line);
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.status().message(), "line 2 cannot be read: it holds more values than events of its size could have");
}

TEST(WebhookBoundsTest, AnArgumentThatIsJsonInATextHasABound) {
  const std::string fitting = "[\"" + std::string(kMaxArgumentBytes - 4, 'a') + "\"]";
  EXPECT_TRUE(ParseArgument(fitting).is_array());
  EXPECT_TRUE(ParseArgument(fitting + " ").is_null());
  EXPECT_TRUE(ParseArgument("no JSON").is_null());
}

TEST(WebhookBoundsTest, OfAUserAgentTheBeginningCounts) {
  const bots::MachineAgents agents;
  EXPECT_TRUE(agents.Holds(std::string(8000, 'x') + " Barracuda"));
  EXPECT_FALSE(agents.Holds(std::string(9000, 'x') + " Barracuda"));
}

TEST(WebhookBoundsTest, WhatProvidersPostAtMost) {
  EXPECT_EQ(FindProvider("amazon-ses")->traits().max_body_bytes, size_t{528} << 10);
  EXPECT_EQ(FindProvider("mailgun")->traits().max_body_bytes, size_t{1} << 20);
  EXPECT_EQ(FindProvider("sendgrid")->traits().max_body_bytes, size_t{64} << 20);
}

}  // namespace leadpulse::webhooks::webhook_bounds_test
