// The time of each provider's events: each form of a time is put into every provider's post.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "processor/webhooks/generic_provider.h"
#include "tests/webhooks/webhook_cases.h"

namespace leadpulse::webhooks::webhook_times_test {

Result<Conversion> Convert(const Provider& provider, const std::string& body, bool strict = false) {
  ConversionOptions options;
  options.tenant = "acme";
  options.strict = strict;
  return provider.Convert({.body = body, .received_at = kReceivedAt}, options);
}

using Post = std::function<std::string(const std::string& at)>;

// Returns a post of each provider, with a time, a value of JSON, where the provider has it.
const std::map<std::string, Post>& TimedPosts() {
  static const std::map<std::string, Post> kPosts = {
      {"sendgrid",
       [](const std::string& at) { return R"([{"event":"open","email":"a@b.c","timestamp":)" + at + "}]"; }},
      {"amazon-ses",
       [](const std::string& at) {
         return R"({"eventType":"Open","mail":{"destination":["a@b.c"]},"open":{"timestamp":)" + at + "}}";
       }},
      {"postmark",
       [](const std::string& at) { return R"({"RecordType":"Open","Recipient":"a@b.c","ReceivedAt":)" + at + "}"; }},
      {"mailgun",
       [](const std::string& at) { return R"({"event":"opened","recipient":"a@b.c","timestamp":)" + at + "}"; }},
      {"mandrill",
       [](const std::string& at) { return R"([{"event":"open","msg":{"email":"a@b.c"},"ts":)" + at + "}]"; }},
      {"sparkpost",
       [](const std::string& at) {
         return R"([{"msys":{"track_event":{"type":"open","rcpt_to":"a@b.c","timestamp":)" + at + "}}}]";
       }},
      {"brevo", [](const std::string& at) { return R"({"event":"opened","email":"a@b.c","ts_epoch":)" + at + "}"; }},
      {"mailjet", [](const std::string& at) { return R"({"event":"open","email":"a@b.c","time":)" + at + "}"; }},
      {"resend",
       [](const std::string& at) {
         return R"({"type":"email.opened","data":{"to":["a@b.c"]},"created_at":)" + at + "}";
       }},
      {"mailersend",
       [](const std::string& at) {
         return R"({"type":"activity.opened","data":{"id":"1","recipient":"a@b.c"},"created_at":)" + at + "}";
       }},
      {"mailtrap",
       [](const std::string& at) { return R"({"events":[{"event":"open","email":"a@b.c","timestamp":)" + at + "}]}"; }},
      {"generic", [](const std::string& at) { return R"({"event":"open","email":"a@b.c","at":)" + at + "}"; }},
  };
  return kPosts;
}

// Calls `check` for each provider with what makes its posts, and for a mapping of each format of times.
void ForEachProvider(const std::function<void(const Provider& provider, const Post& post)>& check) {
  for (const Provider& provider : Providers()) check(provider, TimedPosts().at(std::string(provider.name())));
  for (const std::string format : {"seconds", "millis", "text"}) {
    const LoadedGenericProvider mapped = LoadGenericProvider(
        "fields: {event: event, address: email, time: {path: at, format: " + format + "}}\nbecomes: {open: open}");
    check(*mapped.provider, TimedPosts().at("generic"));
  }
}

TEST(TimesTest, EveryClearFormIsRead) {
  ForEachProvider([](const Provider& provider, const Post& post) {
    for (const std::string form :
         {"1772282461", "1772282461.25", "1772282461250", "1.77228246125e9", "1772282461250.75", "\"1772282461\"",
          "\"1772282461.250\"", "\"1772282461250\"", "\" 1772282461 \"", R"("2026-02-28T12:41:01Z")",
          R"("2026-02-28T12:41:01.2509Z")", R"("2026-02-28T13:41:01.250+01:00")", R"("2026-02-28 12:41:01 UTC")",
          R"("2026-02-28 13:41:01+0100")", R"("Sat, 28 Feb 2026 12:41:01 +0000")", R"("Sat, 28 Feb 2026 12:41:01 GMT")",
          R"("28 Feb 2026 07:41:01 EST")", R"x("Sat, 28 Feb 2026 13:41:01 +0100 (CET)")x"}) {
      const Result<Conversion> converted = Convert(provider, post(form), true);
      ASSERT_TRUE(converted.ok() && converted->events.size() == 1) << provider.name() << " " << form;
      EXPECT_EQ(converted->events[0].occurred_at.millis / 1000, 1'772'282'461) << provider.name() << " " << form;
      EXPECT_EQ(converted->guessed_times, 0U);
    }
  });
}

TEST(TimesTest, AGuessedTimeIsCountedAndStrictlySkipped) {
  ForEachProvider([](const Provider& provider, const Post& post) {
    for (const std::string form :
         {"\"soon\"", "null", "\"\"", "0", "-1", "true", "[1772282461]", R"({"at":1772282461})",
          R"("28/02/2026 12:41")", R"("2026-02-30T12:41:01Z")", "\"1772282461Z\"", R"("Sat, 31 Feb 2026 12:41:01 GMT")",
          R"("Sat, 28 Feb 2026 12:41:01")"}) {
      const Conversion guessed = *Convert(provider, post(form));
      ASSERT_EQ(guessed.events.size(), 1U) << provider.name() << " " << form;
      EXPECT_EQ(guessed.events[0].occurred_at, kReceivedAt) << provider.name() << " " << form;
      EXPECT_EQ(guessed.guessed_times, 1U) << provider.name() << " " << form;
      const Conversion strict = *Convert(provider, post(form), true);
      EXPECT_TRUE(strict.events.empty());
      ASSERT_EQ(strict.skipped.size(), 1U);
      EXPECT_EQ(strict.skipped[0].detail, "it has no time that can be read");
      EXPECT_FALSE(strict.skipped[0].item.empty());
    }
    // A zone is read only where the provider documents it.
    const bool documented = provider.name() == "mailersend";
    EXPECT_EQ(Convert(provider, post(R"("2026-02-28 12:41:01")"))->guessed_times, documented ? 0U : 1U);
  });
}

// A run would refuse the record, and with it an opt-out.
TEST(TimesTest, ATimeAheadOfTheClockIsGuessed) {
  ForEachProvider([](const Provider& provider, const Post& post) {
    const int64_t now = kReceivedAt.millis / 1000;
    EXPECT_EQ(Convert(provider, post(std::to_string(now + 599)))->guessed_times, 0U) << provider.name();
    const std::string ahead = post(std::to_string(now + 601));
    const Conversion guessed = *Convert(provider, ahead);
    ASSERT_EQ(guessed.events.size(), 1U) << provider.name();
    EXPECT_EQ(guessed.events[0].occurred_at, kReceivedAt) << provider.name();
    EXPECT_EQ(guessed.guessed_times, 1U) << provider.name();
    const Conversion strict = *Convert(provider, ahead, true);
    ASSERT_EQ(strict.skipped.size(), 1U);
    EXPECT_EQ(strict.skipped[0].detail, "its time is ahead of the clock");
  });
}

// A sender that gives no times at all has that of receipt, and nothing is guessed.
TEST(TimesTest, AMappingWithoutTimeGuessesNothing) {
  const LoadedGenericProvider mapped = LoadGenericProvider(
      "fields: {event: event, address: email}\nbecomes: {open: open}\n"
      "commands: {open: {add_tags: [{always: seen}]}}");
  ASSERT_NE(mapped.provider, nullptr);
  const Conversion converted = *Convert(*mapped.provider, TimedPosts().at("generic")("1"), true);
  EXPECT_EQ(converted.events.size() + converted.commands.size(), 2U);
  EXPECT_EQ(converted.guessed_times, 0U);
}

// Of every post in tests/data/webhooks: what is guessed is counted, and skipped by a strict conversion; the rest
// stays.
TEST(TimesTest, StrictLeavesOutTheGuessedOnly) {
  for (const WebhookCase& c : WebhookCases()) {
    const Result<Conversion> converted = c.Convert();
    if (!converted.ok()) continue;
    WebhookCase strict = c;
    strict.options.strict = true;
    const Conversion kept = *strict.Convert();
    EXPECT_EQ(kept.guessed_times, 0U) << c.name;
    EXPECT_EQ(kept.events.size() + kept.commands.size() + converted->guessed_times,
              converted->events.size() + converted->commands.size())
        << c.name;
  }
}

}  // namespace leadpulse::webhooks::webhook_times_test
