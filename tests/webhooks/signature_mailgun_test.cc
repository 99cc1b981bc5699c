// Mailgun's signature leaves the event out: the token is what keeps it from being used for another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/webhooks/used_tokens.h"
#include "tests/webhooks/signing.h"

namespace leadpulse::webhooks::signature_mailgun_test {

using testing::HasSubstr;

constexpr char kKey[] = "key-1";
constexpr char kNoMatch[] = "does not match";

std::string SignatureOf(const std::string& seconds, const std::string& token, const std::string& key = kKey) {
  return ToHex(Hmac(Hash::kSha256, key, {seconds, token}));
}

SignedPost JsonPost(const std::string& seconds, const std::string& token, const std::string& signature,
                    const std::string& event = "opened") {
  return {R"({"signature":{"timestamp":")" + seconds + R"(","token":")" + token + R"(","signature":")" + signature +
              R"("},"event-data":{"event":")" + event + R"("}})",
          "application/json",
          {}};
}

SignedPost RightAt(Instant time, const std::string& token = "t1", const std::string& event = "opened") {
  return JsonPost(SecondsAt(time), token, SignatureOf(SecondsAt(time), token), event);
}

TEST(MailgunSignatureTest, AsJson) {
  const auto check = CheckOf("mailgun", {.secret = kKey});
  const std::string good = SignatureOf(kNowSeconds, "t1");
  EXPECT_EQ(Said(check.get(), JsonPost(kNowSeconds, "t1", good)), "");
  std::string upper = good;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(Said(check.get(), JsonPost(kNowSeconds, "t1", upper)), "");
  EXPECT_EQ(
      Said(check.get(), {R"({"signature":{"timestamp":1772323200,"token":"t1","signature":")" + good + "\"}}", "", {}}),
      "");
  struct {
    const char *what, *seconds, *token;
    std::string signature;
    const char* said;
  } const kAttempts[] = {
      {"of another key", kNowSeconds, "t1", SignatureOf(kNowSeconds, "t1", "key-2"), kNoMatch},
      {"cut off", kNowSeconds, "t1", good.substr(0, 62), kNoMatch},
      {"not hexadecimal", kNowSeconds, "t1", "x" + good.substr(1), kNoMatch},
      {"of another token", kNowSeconds, "t2", good, kNoMatch},
      {"of another time", "1772323201", "t1", good, kNoMatch},
      {"without a signature", kNowSeconds, "t1", "", "has no signature"},
      {"without a token", kNowSeconds, "", SignatureOf(kNowSeconds, ""), "has no signature"},
      {"without a time", "", "t1", SignatureOf("", "t1"), "has no signature"},
      // The same text is signed, cut at another place.
      {"the token's beginning in the time", "177232320", "0t1", good, "more than 540 minutes"},
      {"a time that is none", "177232320x", "t1", SignatureOf("177232320x", "t1"), "no number of seconds"},
  };
  for (const auto& attempt : kAttempts) {
    EXPECT_THAT(Said(check.get(), JsonPost(attempt.seconds, attempt.token, attempt.signature)), HasSubstr(attempt.said))
        << attempt.what;
  }
  EXPECT_THAT(Said(check.get(), {"{}", "", {}}), HasSubstr("has no signature"));
  EXPECT_THAT(Said(check.get(), {"{", "", {}}), HasSubstr("cannot be found: it is not JSON"));
  EXPECT_THAT(Said(check.get(), {"", "", {}}), HasSubstr("cannot be found"));
}

TEST(MailgunSignatureTest, TheMainAccountsKeyIsEnoughForItsSubaccounts) {
  const std::string body = R"({"signature":{"timestamp":"1772323200","token":"t1","signature":")" +
                           SignatureOf(kNowSeconds, "t1", "key-of-sub") + R"(","parent-signature":")" +
                           SignatureOf(kNowSeconds, "t1") + "\"}}";
  EXPECT_EQ(Said(CheckOf("mailgun", {.secret = kKey}).get(), {body, "", {}}), "");
  EXPECT_EQ(Said(CheckOf("mailgun", {.secret = "key-of-sub"}).get(), {body, "", {}}), "");
  EXPECT_THAT(Said(CheckOf("mailgun", {.secret = "key-3"}).get(), {body, "", {}}), HasSubstr(kNoMatch));
}

TEST(MailgunSignatureTest, AsForm) {
  const auto check = CheckOf("mailgun", {.secret = kKey});
  const std::string good = "timestamp=1772323200&token=t1&signature=" + SignatureOf(kNowSeconds, "t1");
  const std::string type = "application/x-www-form-urlencoded";
  EXPECT_EQ(Said(check.get(), {"event=opened&" + good, type, {}}), "");
  EXPECT_EQ(Said(check.get(), {"token=mine&signature=x&timestamp=1&" + good, type, {}}), "") << "the last count";
  EXPECT_THAT(Said(check.get(), {good + "&token=t2", type, {}}), HasSubstr(kNoMatch));
  EXPECT_THAT(Said(check.get(), {"event=opened", type, {}}), HasSubstr("has no signature"));
}

TEST(MailgunSignatureTest, AgeIsBounded) {
  const auto check = CheckOf("mailgun", {.secret = kKey});
  EXPECT_EQ(Said(check.get(), RightAt(kNow - std::chrono::hours(9))), "");
  EXPECT_THAT(Said(check.get(), RightAt(kNow - std::chrono::hours(9) - std::chrono::seconds(1))),
              HasSubstr("more than 540 minutes before 2026-03-01T00:00:00Z"));
  EXPECT_EQ(Said(check.get(), RightAt(kNow + std::chrono::minutes(5))), "");
  EXPECT_THAT(Said(check.get(), RightAt(kNow + std::chrono::seconds(301))), HasSubstr("yet to come"));
  const auto strict = CheckOf("mailgun", {.secret = kKey, .max_age = std::chrono::minutes(1)});
  EXPECT_THAT(Said(strict.get(), RightAt(kNow - std::chrono::seconds(61))), HasSubstr("more than 1 minutes"));
}

TEST(MailgunSignatureTest, ATokenIsForOneBody) {
  const auto check = CheckOf("mailgun", {.secret = kKey});
  const SignedPost first = RightAt(kNow);
  const SignedPost other = RightAt(kNow, "t1", "complained");
  EXPECT_EQ(Said(check.get(), first), "");
  EXPECT_EQ(Said(check.get(), other), "") << "nothing was accepted yet";
  EXPECT_EQ(SaidOfAccepted(check.get(), first), "");
  EXPECT_EQ(Said(check.get(), first), "") << "sent again";
  EXPECT_EQ(SaidOfAccepted(check.get(), first), "");
  EXPECT_EQ(Said(check.get(), other), "its token was used before, with another body");
  EXPECT_EQ(SaidOfAccepted(check.get(), other), "its token was used before, with another body") << "checked before";
  EXPECT_EQ(Said(check.get(), RightAt(kNow, "t2", "complained")), "");
  EXPECT_EQ(Said(CheckOf("mailgun", {.secret = kKey}).get(), other), "") << "each source by itself";
}

TEST(MailgunSignatureTest, WhereTokensAreForgottenOldPostsAreRefused) {
  const auto check = CheckOf("mailgun", {.secret = kKey, .max_tokens = 2});
  const auto second = [](int i) { return kNow + std::chrono::seconds(i); };
  for (const int i : {1, 3, 5}) EXPECT_EQ(SaidOfAccepted(check.get(), RightAt(second(i))), "");
  constexpr char kForgotten[] = "tokens are no longer known";
  EXPECT_THAT(Said(check.get(), RightAt(second(1), "t1", "complained")), HasSubstr(kForgotten));
  EXPECT_THAT(Said(check.get(), RightAt(second(1))), HasSubstr(kForgotten)) << "whether it is the same, nobody knows";
  EXPECT_THAT(Said(check.get(), RightAt(second(0), "new")), HasSubstr(kForgotten));
  EXPECT_EQ(Said(check.get(), RightAt(second(2), "new")), "");
  EXPECT_THAT(Said(check.get(), RightAt(second(3), "t1", "complained")), HasSubstr("with another body"));
  EXPECT_THAT(WhyNoCheck("mailgun", {.secret = kKey, .max_tokens = 0}), HasSubstr("no token would be kept"));
}

TEST(UsedTokensTest, WhatIsTooOldToBeTakenIsForgotten) {
  UsedTokens tokens(10);
  EXPECT_TRUE(tokens.Use(Instant{1000}, "a", "body", Instant{0}).ok());
  EXPECT_TRUE(tokens.Use(Instant{5000}, "b", "body", Instant{2000}).ok());
  EXPECT_FALSE(tokens.Check(Instant{1000}, "a", "body").ok());
  EXPECT_FALSE(tokens.Check(Instant{1000}, "c", "body").ok()) << "a clock that was set back helps nobody";
  EXPECT_TRUE(tokens.Check(Instant{1001}, "c", "body").ok());
  EXPECT_TRUE(tokens.Check(Instant{5000}, "b", "body").ok());
}

}  // namespace leadpulse::webhooks::signature_mailgun_test
