// HMACs over a text with time and body, in the forms of the platforms that sign so, with their documented answers where
// there are any.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/challenge.h"
#include "tests/webhooks/signing.h"

namespace leadpulse::webhooks::signature_text_test {

using testing::HasSubstr;

SignatureKey KeyOf(const std::string& secret, const std::string& header, SignedForm form) {
  return {.scheme = SignatureScheme::kBodyHmac, .secret = secret, .header = header, .form = std::move(form)};
}

const SignedForm kStripe{.text = "{time}.{body}", .signature_part = "v1", .time_part = "t"};
const SignedForm kSlack{.text = "v0:{time}:{body}", .prefix = "v0=", .time_header = "X-Slack-Request-Timestamp"};

std::string HexOf(const std::string& secret, const std::string& text) {
  return ToHex(crypto::Hmac(crypto::Hash::kSha256, secret, {text}));
}

// https://api.slack.com/authentication/verifying-requests-from-slack
TEST(SignatureTextTest, SlackAsItsDocumentationHasIt) {
  const auto check = CheckOf("generic", KeyOf("8f742231b10e8888abcd99yyyzzz85a5", "X-Slack-Signature", kSlack));
  SignedPost post{
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
      "foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
      "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
      "47445629121.803a0bc887a14d10d2c447fce8b6703c",
      "",
      {{"X-Slack-Request-Timestamp", "1531420618"},
       {"X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}}};
  const Instant then{1'531'420'618'000};
  EXPECT_EQ(Said(check, post, then), "");
  EXPECT_EQ(Said(check, post, then + std::chrono::minutes(5)), "");
  EXPECT_THAT(Said(check, post, then + Millis(300'001)), HasSubstr("more than 5 minutes before"));
  EXPECT_THAT(Said(check, post, then - Millis(300'001)), HasSubstr("yet to come"));
  post.body += "&x=1";
  EXPECT_THAT(Said(check, post, then), HasSubstr("does not match"));
}

// https://developer.zendesk.com/documentation/event-connectors/webhooks/verifying/
TEST(SignatureTextTest, ZendeskAsItsDocumentationHasIt) {
  const auto check =
      CheckOf("generic", KeyOf("HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=", "X-Zendesk-Webhook-Signature",
                               {.text = "{body}{time}", .time_header = "X-Zendesk-Webhook-Signature-Timestamp"}));
  const SignedPost post{R"({"say": "hello"})",
                        "application/json",
                        {{"X-Zendesk-Webhook-Signature", "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw="},
                         {"X-Zendesk-Webhook-Signature-Timestamp", "2021-07-25T10:00:00Z"}}};
  EXPECT_EQ(Said(check, post, *ParseRfc3339("2021-07-25T10:01:00Z")), "");
  EXPECT_THAT(Said(check, post), HasSubstr("more than 5 minutes before"));
}

// A platform's form, and a post that it signs at kNow.
struct Platform {
  const char* name;
  SignatureKey key;
  std::function<std::vector<Header>(const std::string& signature)> headers;
  std::string text;     // what is signed
  std::string as_hmac;  // the signature as the header has it, made from `text`
};

const std::string kSecret = "0123456789abcdef";
const std::string kBody = R"({"event":"invitee.created"})";

std::vector<Platform> Platforms() {
  const std::string seconds = kNowSeconds, millis = seconds + "000", url = "https://hooks.example.com/acme/hubspot";
  const auto hex = [](const std::string& text) { return HexOf(kSecret, text); };
  const auto base64 = [](const std::string& text) {
    return ToBase64(crypto::Hmac(crypto::Hash::kSha256, kSecret, {text}));
  };
  const auto in_parts = [](const char* header, const std::string& before, const std::string& behind) {
    return [=](const std::string& signature) { return std::vector<Header>{{header, before + signature + behind}}; };
  };
  SignatureKey hubspot = KeyOf(kSecret, "X-HubSpot-Signature-v3",
                               {.text = "POST{url}{body}{time}", .time_header = "X-HubSpot-Request-Timestamp"});
  hubspot.url = url;
  return {
      // https://docs.stripe.com/webhooks#verify-manually
      {"Stripe", KeyOf(kSecret, "Stripe-Signature", kStripe),
       in_parts("Stripe-Signature", "t=" + seconds + ",v1=", ",v0=6ffbb59b2300aae63f272406069a9788"),
       seconds + "." + kBody, hex(seconds + "." + kBody)},
      {"Stripe, while a secret is replaced", KeyOf(kSecret, "Stripe-Signature", kStripe),
       in_parts("Stripe-Signature", "t=" + seconds + ",v1=" + hex("other") + ",v1=", ""), seconds + "." + kBody,
       hex(seconds + "." + kBody)},
      // https://developer.calendly.com/api-docs/ZG9jOjM2MzE2MDM4-webhook-signatures
      {"Calendly", KeyOf(kSecret, "Calendly-Webhook-Signature", kStripe),
       in_parts("Calendly-Webhook-Signature", "t=" + seconds + ",v1=", ""), seconds + "." + kBody,
       hex(seconds + "." + kBody)},
      // https://developer.paddle.com/webhooks/signature-verification
      {"Paddle",
       KeyOf(kSecret, "Paddle-Signature", {.text = "{time}:{body}", .signature_part = "h1", .time_part = "ts"}),
       in_parts("Paddle-Signature", "ts=" + seconds + ";h1=", ""), seconds + ":" + kBody, hex(seconds + ":" + kBody)},
      // https://developers.zoom.us/docs/api/rest/webhook-reference/#verify-with-zooms-header
      {"Zoom",
       KeyOf(kSecret, "x-zm-signature",
             {.text = "v0:{time}:{body}", .prefix = "v0=", .time_header = "x-zm-request-timestamp"}),
       [seconds](const std::string& signature) {
         return std::vector<Header>{{"x-zm-signature", "v0=" + signature}, {"x-zm-request-timestamp", seconds}};
       },
       "v0:" + seconds + ":" + kBody, hex("v0:" + seconds + ":" + kBody)},
      // https://developers.hubspot.com/docs/api/webhooks/validating-requests
      {"HubSpot", hubspot,
       [millis](const std::string& signature) {
         return std::vector<Header>{{"X-HubSpot-Signature-v3", signature}, {"X-HubSpot-Request-Timestamp", millis}};
       },
       "POST" + url + kBody + millis, base64("POST" + url + kBody + millis)},
  };
}

TEST(SignatureTextTest, TakesTheFormsOfPlatforms) {
  for (const Platform& platform : Platforms()) {
    const auto check = CheckOf("generic", platform.key);
    const SignedPost right{kBody, "", platform.headers(platform.as_hmac)};
    EXPECT_EQ(Said(check, right), "") << platform.name;
    EXPECT_EQ(Said(check, right, kNow + std::chrono::minutes(5)), "") << platform.name;
    EXPECT_THAT(Said(check, right, kNow + std::chrono::minutes(6)), HasSubstr("more than 5 minutes before"));
    SignatureKey patient = platform.key;
    patient.max_age = std::chrono::hours(1);
    EXPECT_EQ(Said(CheckOf("generic", patient), right, kNow + std::chrono::minutes(59)), "") << platform.name;
    SignedPost other = right;
    other.body[3] ^= 1;
    EXPECT_THAT(Said(check, other), HasSubstr("does not match")) << platform.name;
    for (size_t i = 0; i < right.headers.size(); ++i) {
      other = right;
      other.headers.erase(other.headers.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_THAT(Said(check, other), HasSubstr("is missing")) << platform.name;
    }
    // With another secret, or another text.
    for (const std::string& signature : {HexOf("fedcba9876543210", platform.text), HexOf(kSecret, kBody),
                                         HexOf(kSecret, platform.text + " "), platform.as_hmac + "00"}) {
      EXPECT_NE(Said(check, {kBody, "", platform.headers(signature)}), "") << platform.name;
    }
  }
}

TEST(SignatureTextTest, WhatIsNotSignedDoesNotChangeWhatIsRead) {
  for (const Platform& platform : Platforms()) {
    const SignedPost right{kBody, "text/x-other", platform.headers(platform.as_hmac)};
    const auto check = CheckOf("generic", platform.key);
    const Result<Payload> payload = check.check({right.body, right.content_type, right.headers, kNow}, kNow);
    ASSERT_TRUE(payload.ok());
    EXPECT_EQ(payload->body, kBody);
    EXPECT_EQ(payload->content_type, "");
  }
}

TEST(SignatureTextTest, TheTimeIsNothingButATime) {
  const auto check = CheckOf("generic", KeyOf(kSecret, "Stripe-Signature", kStripe));
  const auto said = [&check](const std::string& header) {
    return Said(check, {kBody, "", {{"Stripe-Signature", header}}});
  };
  const auto signed_with = [](const std::string& time) {
    return "t=" + time + ",v1=" + HexOf(kSecret, time + "." + kBody);
  };
  EXPECT_EQ(said(signed_with(kNowSeconds)), "");
  EXPECT_EQ(said(signed_with("2026-03-01T00:00:00Z")), "");
  EXPECT_EQ(said(signed_with(std::string(kNowSeconds) + "000")), "");
  for (const char* time : {"", "now", "1772323200.0", "177232320", "17723232000", "+1772323200", "0x69a37f00",
                           "2026-03-01", "2026-03-01T00:00:00"}) {
    EXPECT_THAT(said(signed_with(time)), HasSubstr("is neither seconds nor milliseconds")) << time;
  }
  const std::string two = Concat({"t=1,t=", kNowSeconds, ",v1=00"});
  EXPECT_THAT(said(two), HasSubstr("has several parts t"));
  EXPECT_THAT(said("v1=00"), HasSubstr("has no part t"));
  EXPECT_THAT(said(Concat({"t=", kNowSeconds})), HasSubstr("has no part v1"));
  EXPECT_THAT(said(Concat({"t=", kNowSeconds, ",v1=no digest!"})), HasSubstr("is neither hexadecimal nor base64"));
}

// Digits of the time could else become part of the body.
TEST(SignatureTextTest, DigitsDirectlyBeforeTheBodyAreRefused) {
  const auto check =
      CheckOf("generic", KeyOf(kSecret, "X-Signature", {.text = "{time}{body}", .time_header = "X-Time"}));
  const auto said = [&check](const std::string& time, const std::string& body) {
    return Said(check, {body, "", {{"X-Signature", HexOf(kSecret, time + body)}, {"X-Time", time}}});
  };
  EXPECT_EQ(said("2026-03-01T00:00:00Z", kBody), "");
  EXPECT_THAT(said(kNowSeconds, kBody), HasSubstr("cannot be told from what follows it"));
  EXPECT_THAT(said(std::string(kNowSeconds) + "000", kBody), HasSubstr("cannot be told from what follows it"));
}

TEST(SignatureTextTest, FormsThatCannotBeUsedAreRefused) {
  const std::vector<std::pair<SignedForm, const char*>> forms = {
      {{.text = "{time}", .time_part = "t"}, "must hold {body} once"},
      {{.text = "{body}{body}"}, "must hold {body} once"},
      {{.text = "{tim}.{body}"}, "it takes {time}, {body} and {url}"},
      {{.text = "{body"}, "it takes {time}, {body} and {url}"},
      {{.text = "{time}.{body}"}, "say where the time is with time_header or time_part"},
      {{.text = "{body}", .time_part = "t"}, "is not signed"},
      {{.text = "{time}.{body}.{time}", .time_part = "t"}, "it may hold {time} once"},
      {{.text = "{time}.{body}", .time_part = "t", .time_header = "X-Time"}, "give one of them"},
      {{.text = "{url}{body}"}, "it holds {url}; give url, too"},
      {{.text = "a{body}a{url}a{url}a{url}a{url}a{url}a{url}a{url}a{url}"}, "more than 16 parts"},
  };
  for (const auto& [form, said] : forms) {
    EXPECT_THAT(WhyNoCheck("generic", KeyOf(kSecret, "X-Signature", form)), HasSubstr(said)) << form.text;
  }
  EXPECT_THAT(WhyNoCheck("mailersend", {.secret = kSecret, .form = kStripe}), HasSubstr("are for the scheme hmac"));
  EXPECT_THAT(
      WhyNoCheck("generic", {.scheme = SignatureScheme::kHeader, .secret = kSecret, .header = "X", .form = kSlack}),
      HasSubstr("are for the scheme hmac"));
}

// https://docs.x.com/x-api/webhooks/quickstart#consumer-challenge-response-check and
// https://developers.zoom.us/docs/api/rest/webhook-reference/#validate-your-webhook-endpoint
TEST(SignatureTextTest, ChallengesAreAnsweredInJsonWithTheirHmac) {
  const ChallengeAnswer x = {{"response_token", "sha256={hmac_base64}"}};
  const ChallengeAnswer zoom = {{"plainToken", "{challenge}"}, {"encryptedToken", "{hmac_hex}"}};
  const std::string token = "qgg8vlvZRS6UYooatFL8Aw";
  EXPECT_EQ(*AnswerTo(token, x, kSecret),
            "{\"response_token\":\"sha256=" + ToBase64(crypto::Hmac(crypto::Hash::kSha256, kSecret, {token})) + "\"}");
  EXPECT_EQ(*AnswerTo(token, zoom, kSecret),
            "{\"plainToken\":\"" + token + "\",\"encryptedToken\":\"" + HexOf(kSecret, token) + "\"}");
  EXPECT_EQ(*AnswerTo("<b>\"", {{"challenge", "{challenge}"}}, ""), R"({"challenge":"<b>\""})");
  EXPECT_EQ(*AnswerTo("<b>\"", {}, ""), "<b>\"");
  EXPECT_FALSE(AnswerTo(std::string(1025, 'x'), {}, "").ok());
  EXPECT_TRUE(NeedsSecret(x) && NeedsSecret(zoom));
  EXPECT_FALSE(NeedsSecret({{"challenge", "{challenge}"}}) || NeedsSecret({}));
}

// Who asks with the body of a post would get its signature.
TEST(SignatureTextTest, NoChallengeThatMayBeAPostIsSigned) {
  const ChallengeAnswer x = {{"response_token", "{hmac_hex}"}};
  for (const std::string text : {"", kBody.c_str(), "email=ann", "a=b&c=d", "lead=1", "=", "==", "a=b=", "a===", "[]",
                                 "1.{}", "v0:1:a", "a b", "a\n", "%7B", "\u00e9"}) {
    EXPECT_FALSE(AnswerTo(text, x, kSecret).ok()) << text;
  }
  for (const std::string text : {"a", "MGZjMjVkNGItMzI1Yi00ZmNk==", "a-_+/9=", "qgg8vlvZRS6UYooatFL8Aw"}) {
    EXPECT_TRUE(AnswerTo(text, x, kSecret).ok()) << text;
  }
}

}  // namespace leadpulse::webhooks::signature_text_test
