// Mailgun's signature does not cover the event: the token prevents its use for another one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/webhooks/used_tokens.h"
#include "tests/webhooks/signing.h"

namespace leadpulse::webhooks::signature_mailgun_test {

using testing::HasSubstr;

constexpr char kKey[] = "key-1";
constexpr char kNoMatch[] = "does not match";

std::string SignatureOf(const std::string& seconds, const std::string& token, const std::string& key = kKey) {
  return ToHex(crypto::Hmac(crypto::Hash::kSha256, key, {seconds, token}));
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
  EXPECT_EQ(Said(check, JsonPost(kNowSeconds, "t1", good)), "");
  std::string upper = good;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(Said(check, JsonPost(kNowSeconds, "t1", upper)), "");
  EXPECT_EQ(Said(check, {R"({"signature":{"timestamp":1772323200,"token":"t1","signature":")" + good + "\"}}", "", {}}),
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
      // The signed text is the same, split at another place.
      {"the token's beginning in the time", "177232320", "0t1", good, "more than 540 minutes"},
      {"a time that is none", "177232320x", "t1", SignatureOf("177232320x", "t1"), "no number of seconds"},
  };
  for (const auto& attempt : kAttempts) {
    EXPECT_THAT(Said(check, JsonPost(attempt.seconds, attempt.token, attempt.signature)), HasSubstr(attempt.said))
        << attempt.what;
  }
  EXPECT_THAT(Said(check, {"{}", "", {}}), HasSubstr("has no signature"));
  EXPECT_THAT(Said(check, {"{", "", {}}), HasSubstr("cannot be found: it is not JSON"));
  EXPECT_THAT(Said(check, {"", "", {}}), HasSubstr("cannot be found"));
}

TEST(MailgunSignatureTest, TheMainAccountsKeyIsEnoughForItsSubaccounts) {
  const std::string body = R"({"signature":{"timestamp":"1772323200","token":"t1","signature":")" +
                           SignatureOf(kNowSeconds, "t1", "key-of-sub") + R"(","parent-signature":")" +
                           SignatureOf(kNowSeconds, "t1") + "\"}}";
  EXPECT_EQ(Said(CheckOf("mailgun", {.secret = kKey}), {body, "", {}}), "");
  EXPECT_EQ(Said(CheckOf("mailgun", {.secret = "key-of-sub"}), {body, "", {}}), "");
  EXPECT_THAT(Said(CheckOf("mailgun", {.secret = "key-3"}), {body, "", {}}), HasSubstr(kNoMatch));
}

TEST(MailgunSignatureTest, AsForm) {
  const auto check = CheckOf("mailgun", {.secret = kKey});
  const std::string good = "timestamp=1772323200&token=t1&signature=" + SignatureOf(kNowSeconds, "t1");
  const std::string type = "application/x-www-form-urlencoded";
  EXPECT_EQ(Said(check, {"event=opened&" + good, type, {}}), "");
  EXPECT_EQ(Said(check, {"token=mine&signature=x&timestamp=1&" + good, type, {}}), "") << "the last count";
  EXPECT_THAT(Said(check, {good + "&token=t2", type, {}}), HasSubstr(kNoMatch));
  EXPECT_THAT(Said(check, {"event=opened", type, {}}), HasSubstr("has no signature"));
}

TEST(MailgunSignatureTest, AgeIsBounded) {
  const auto check = CheckOf("mailgun", {.secret = kKey});
  EXPECT_EQ(Said(check, RightAt(kNow - std::chrono::hours(9))), "");
  EXPECT_THAT(Said(check, RightAt(kNow - std::chrono::hours(9) - std::chrono::seconds(1))),
              HasSubstr("more than 540 minutes before 2026-03-01T00:00:00Z"));
  EXPECT_EQ(Said(check, RightAt(kNow + std::chrono::minutes(5))), "");
  EXPECT_THAT(Said(check, RightAt(kNow + std::chrono::seconds(301))), HasSubstr("yet to come"));
  const auto strict = CheckOf("mailgun", {.secret = kKey, .max_age = std::chrono::minutes(1)});
  EXPECT_THAT(Said(strict, RightAt(kNow - std::chrono::seconds(61))), HasSubstr("more than 1 minutes"));
}

SignedToken TokenOf(const SignedPost& post, const std::string& source = "/a", const char* key = kKey) {
  const auto check = CheckOf("mailgun", {.secret = key, .source = source});
  const Result<Payload> payload = check.check({post.body, post.content_type, post.headers, kNow}, kNow);
  EXPECT_TRUE(payload.ok()) << payload.status().message();
  return payload.ok() ? payload->token.value_or(SignedToken{}) : SignedToken{};
}

TEST(MailgunSignatureTest, WhatATokenIsOf) {
  const SignedPost post = RightAt(kNow);
  const SignedToken token = TokenOf(post);
  EXPECT_EQ(token.signed_at, kNow);
  EXPECT_EQ(TokenOf(post).content, token.content) << "sent again";
  SignedPost with_header = post;
  with_header.headers = {{"X-Forwarded-For", "192.0.2.1"}};
  EXPECT_EQ(TokenOf(with_header).content, token.content) << "no converter reads it";
  const SignedToken other_body = TokenOf(RightAt(kNow, "t1", "complained"));
  EXPECT_EQ(other_body.token, token.token);
  EXPECT_NE(other_body.content, token.content);
  const SignedToken other_source = TokenOf(post, "/b");
  EXPECT_EQ(other_source.token, token.token) << "one key, one token";
  EXPECT_NE(other_source.content, token.content);
  SignedPost as_form = post;
  as_form.content_type = "application/x-www-form-urlencoded";
  EXPECT_NE(TokenOf(as_form).content, token.content) << "it may be read differently";
  const std::string seconds = kNowSeconds;
  EXPECT_NE(TokenOf(JsonPost(seconds, "t1", SignatureOf(seconds, "t1", "key-2")), "/a", "key-2").token, token.token);
  EXPECT_NE(TokenOf(RightAt(kNow, "t2")).token, token.token);
  EXPECT_EQ(CheckOf("mailgun", {.secret = kKey}).token_lifetime, std::chrono::hours(9));
  EXPECT_EQ(CheckOf("mailersend", {.secret = kKey}).token_lifetime, Millis(0));
}

SignedToken Token(int64_t signed_at, char token, char content) {
  SignedToken made{Instant{signed_at}, {}, {}};
  made.token[0] = token;
  made.content[0] = content;
  return made;
}

std::string SaidOfReserve(UsedTokens* tokens, const SignedToken& token, Instant now = Instant{0}) {
  const Status status = tokens->Reserve(token, now);
  return status.ok() ? "" : (status.kind() == ErrorKind::kRejected ? "never: " : "later: ") + status.message();
}

constexpr char kUsed[] = "never: its token was used before, with another body or at another source";
constexpr char kReserved[] = "later: another post with its token is not answered yet";
constexpr char kForgotten[] = "are no longer known";

TEST(UsedTokensTest, ATokenIsUsedOnceItsPostIsAccepted) {
  UsedTokens tokens(Millis(1000));
  const SignedToken genuine = Token(1, 't', 'a');
  const SignedToken forged = Token(1, 't', 'b');
  EXPECT_EQ(SaidOfReserve(&tokens, genuine), "");
  EXPECT_EQ(SaidOfReserve(&tokens, forged), kReserved);
  tokens.Settle(genuine, false);
  EXPECT_EQ(SaidOfReserve(&tokens, genuine), "") << "it was not accepted, and is sent again";
  EXPECT_EQ(SaidOfReserve(&tokens, genuine), "") << "twice at the same time";
  tokens.Settle(genuine, true);
  EXPECT_EQ(SaidOfReserve(&tokens, forged), kUsed);
  tokens.Settle(genuine, false);
  EXPECT_EQ(SaidOfReserve(&tokens, forged), kUsed) << "the failure of another attempt changes nothing";
  EXPECT_EQ(SaidOfReserve(&tokens, genuine), "") << "its answer was lost, and it is sent again";
  tokens.Settle(genuine, false);
  EXPECT_EQ(SaidOfReserve(&tokens, forged), kUsed);
  EXPECT_EQ(SaidOfReserve(&tokens, Token(1, 'u', 'b')), "") << "another token";
}

TEST(UsedTokensTest, ATokenWhosePostFailedServesAnother) {
  UsedTokens tokens(Millis(1000));
  EXPECT_EQ(SaidOfReserve(&tokens, Token(1, 't', 'b')), "");
  tokens.Settle(Token(1, 't', 'b'), false);
  EXPECT_EQ(SaidOfReserve(&tokens, Token(1, 't', 'a')), "");
}

TEST(UsedTokensTest, WhereTokensAreForgottenOldPostsAreRefused) {
  UsedTokens tokens(Millis(1000), 2);
  for (const int64_t at : {1, 3, 5}) {
    EXPECT_EQ(SaidOfReserve(&tokens, Token(at, 't', 'a')), "");
    tokens.Settle(Token(at, 't', 'a'), true);
  }
  EXPECT_THAT(SaidOfReserve(&tokens, Token(1, 't', 'b')), HasSubstr(kForgotten));
  EXPECT_THAT(SaidOfReserve(&tokens, Token(1, 't', 'a')), HasSubstr(kForgotten)) << "nobody knows that it is the same";
  EXPECT_THAT(SaidOfReserve(&tokens, Token(0, 'n', 'a')), HasSubstr(kForgotten));
  EXPECT_EQ(SaidOfReserve(&tokens, Token(3, 't', 'b')), kUsed);
  EXPECT_EQ(SaidOfReserve(&tokens, Token(2, 'n', 'a')), "");
}

TEST(UsedTokensTest, WhatIsTooOldToBeAcceptedIsForgotten) {
  UsedTokens tokens(Millis(1000));
  EXPECT_EQ(SaidOfReserve(&tokens, Token(1000, 't', 'a'), Instant{1000}), "");
  EXPECT_EQ(SaidOfReserve(&tokens, Token(5000, 't', 'a'), Instant{5000}), "");
  EXPECT_THAT(SaidOfReserve(&tokens, Token(1000, 'n', 'a'), Instant{1000}), HasSubstr(kForgotten))
      << "a clock that was set back does not help";
  EXPECT_EQ(SaidOfReserve(&tokens, Token(1001, 'n', 'a'), Instant{1001}), "");
}

TEST(UsedTokensTest, RestoredTokensAreUsed) {
  UsedTokens tokens(Millis(1000));
  tokens.Restore(Token(10, 't', 'a'));
  EXPECT_EQ(SaidOfReserve(&tokens, Token(10, 't', 'b')), kUsed);
  EXPECT_EQ(SaidOfReserve(&tokens, Token(10, 't', 'a')), "");
  tokens.ForgetUntil(Instant{5});
  EXPECT_THAT(SaidOfReserve(&tokens, Token(5, 'n', 'a')), HasSubstr(kForgotten));
  EXPECT_EQ(SaidOfReserve(&tokens, Token(6, 'n', 'a')), "");
}

}  // namespace leadpulse::webhooks::signature_mailgun_test
