// Amazon SNS: envelopes signed with the test's own certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/webhooks/signing.h"

namespace leadpulse::webhooks::signature_sns_test {

using testing::HasSubstr;

constexpr char kUrl[] = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
constexpr char kNotSigned[] = "no certificate configured has signed it";

EVP_PKEY* OtherKey() {
  static const crypto::KeyHandle kKey = MakeRsaKey(2048);
  return kKey.get();
}

SignatureKey Key(std::string certificates = SnsCertificate(SharedRsaKey())) {
  return {.secret = std::move(certificates), .topics = {kSnsTopic}};
}

using Envelope = std::map<std::string, std::string>;  // values as spelled in JSON

Envelope Notification() {
  return {{"Type", "Notification"},
          {"MessageId", "m-1"},
          {"TopicArn", kSnsTopic},
          {"Message", "{\\\"a\\\":1}\\nend é"},
          {"Timestamp", "2026-03-01T00:00:00.000Z"},
          {"SignatureVersion", "2"},
          {"SigningCertURL", kUrl}};
}

constexpr char kNotificationText[] =
    "Message\n{\"a\":1}\nend é\nMessageId\nm-1\nTimestamp\n2026-03-01T00:00:00.000Z\n"
    "TopicArn\narn:aws:sns:eu-west-1:123456789012:ses\nType\nNotification\n";

SignedPost PostOf(const Envelope& envelope) {
  std::string body;
  for (const auto& [name, value] : envelope) body += (body.empty() ? "{\"" : ",\"") + name + "\":\"" + value + "\"";
  return {body + "}", "text/plain; charset=UTF-8", {}};
}

SignedPost Signed(Envelope envelope, std::string_view text, crypto::Hash hash = crypto::Hash::kSha256,
                  EVP_PKEY* key = SharedRsaKey()) {
  envelope["Signature"] = ToBase64(Sign(key, hash, text));
  return PostOf(envelope);
}

std::string SaidOf(const Envelope& envelope) {
  return Said(CheckOf("amazon-ses", Key()), Signed(envelope, kNotificationText));
}

TEST(SnsSignatureTest, BothVersions) {
  const auto check = CheckOf("amazon-ses", Key());
  Envelope envelope = Notification();
  EXPECT_EQ(Said(check, Signed(envelope, kNotificationText)), "");
  EXPECT_THAT(Said(check, Signed(envelope, kNotificationText, crypto::Hash::kSha1)), HasSubstr(kNotSigned));
  envelope["SignatureVersion"] = "1";
  EXPECT_EQ(Said(check, Signed(envelope, kNotificationText, crypto::Hash::kSha1)), "");
  EXPECT_THAT(Said(check, Signed(envelope, kNotificationText)), HasSubstr(kNotSigned));
  envelope["SignatureVersion"] = "3";
  EXPECT_EQ(Said(check, Signed(envelope, kNotificationText)), "its SignatureVersion is neither 1 nor 2");
}

TEST(SnsSignatureTest, ASubjectIsSignedWhereThereIsOne) {
  const auto check = CheckOf("amazon-ses", Key());
  Envelope envelope = Notification();
  envelope["Subject"] = "Amazon SES";
  EXPECT_THAT(Said(check, Signed(envelope, kNotificationText)), HasSubstr(kNotSigned));
  std::string text = kNotificationText;
  text.insert(text.find("Timestamp"), "Subject\nAmazon SES\n");
  const SignedPost post = Signed(envelope, text);
  EXPECT_EQ(Said(check, post), "");
  SignedPost with_null = Signed(Notification(), kNotificationText);
  with_null.body.insert(1, "\"Subject\":null,");
  EXPECT_EQ(Said(check, with_null), "");
}

TEST(SnsSignatureTest, Confirmations) {
  const auto check = CheckOf("amazon-ses", Key());
  for (const std::string type : {"SubscriptionConfirmation", "UnsubscribeConfirmation"}) {
    Envelope envelope = Notification();
    envelope["Type"] = type;
    envelope["Message"] = "hello";
    envelope["SubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?x";
    envelope["Token"] = "tok";
    const std::string text =
        "Message\nhello\nMessageId\nm-1\nSubscribeURL\nhttps://sns.eu-west-1.amazonaws.com/?x\n"
        "Timestamp\n2026-03-01T00:00:00.000Z\nToken\ntok\nTopicArn\n" +
        std::string(kSnsTopic) + "\nType\n" + type + "\n";
    EXPECT_EQ(Said(check, Signed(envelope, text)), "");
    envelope["SubscribeURL"] = "https://example.com/";
    EXPECT_THAT(Said(check, Signed(envelope, text)), HasSubstr(kNotSigned));
    envelope.erase("Token");
    EXPECT_EQ(Said(check, Signed(envelope, text)), "the envelope of SNS has no Token");
  }
}

TEST(SnsSignatureTest, TheHeaderNamesTheSameType) {
  const auto check = CheckOf("amazon-ses", Key());
  SignedPost post = Signed(Notification(), kNotificationText);
  post.headers = {{"X-Amz-Sns-Message-Type", "Notification"}};
  EXPECT_EQ(Said(check, post), "");
  post.headers = {{"x-amz-sns-message-type", "SubscriptionConfirmation"}};
  EXPECT_EQ(Said(check, post), "the header x-amz-sns-message-type names another type than the envelope");
}

TEST(SnsSignatureTest, WhatIsNotAsSigned) {
  struct {
    const char *name, *value, *said;
  } const kChanges[] = {
      {"Message", "{\\\"a\\\":2}\\nend é", kNotSigned},
      {"MessageId", "m-2", kNotSigned},
      {"Timestamp", "2026-03-01T00:00:01.000Z", kNotSigned},
      {"TopicArn", "arn:aws:sns:eu-west-1:123456789012:other", "its TopicArn is not among those configured"},
      {"Type", "SubscriptionConfirmation", "the envelope of SNS has no SubscribeURL"},
      {"Type", "Other", "it is no envelope of SNS"},
      // The signed text is the same, split at another place.
      {"MessageId", "m-1\\nMessageId\\nm-1", "has a line's end in its MessageId"},
      {"Subject", "a\\nb", "has a line's end in its Subject"},
  };
  for (const auto& change : kChanges) {
    Envelope envelope = Notification();
    envelope[change.name] = change.value;
    EXPECT_THAT(SaidOf(envelope), HasSubstr(change.said)) << change.name;
  }
  const auto check = CheckOf("amazon-ses", Key());
  Envelope envelope = Notification();
  EXPECT_THAT(Said(check, Signed(envelope, kNotificationText, crypto::Hash::kSha256, OtherKey())),
              HasSubstr(std::string(kNotSigned) + "; it names the one of " + kUrl));
  EXPECT_THAT(Said(check, PostOf(envelope)), HasSubstr(kNotSigned)) << "no signature";
  envelope["Signature"] = "?";
  EXPECT_EQ(Said(check, PostOf(envelope)), "its Signature is not in base64");
  envelope["Signature"] = ToBase64(Sign(SharedRsaKey(), crypto::Hash::kSha256, kNotificationText).substr(0, 200));
  EXPECT_THAT(Said(check, PostOf(envelope)), HasSubstr(kNotSigned)) << "cut off";
  EXPECT_THAT(Said(check, {R"({"eventType":"Open"})", "", {}}), HasSubstr("raw delivery is not signed"));
  EXPECT_THAT(Said(check, {"[", "", {}}), HasSubstr("not JSON"));
}

TEST(SnsSignatureTest, TheUrlOfTheCertificate) {
  struct {
    const char* url;
    bool good;
  } const kUrls[] = {
      {"https://sns.eu-west-1.amazonaws.com/a.pem", true},
      {"https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem", true},
      {"http://sns.eu-west-1.amazonaws.com/a.pem", false},
      {"https://sns.eu-west-1.amazonaws.com.example.com/a.pem", false},
      {"https://sns.eu-west-1.amazonaws.com:8443/a.pem", false},
      {"https://user@sns.eu-west-1.amazonaws.com/a.pem", false},
      {"https://sns.evil.com/.amazonaws.com/a.pem", false},
      {"https://sns.a/b.amazonaws.com/a.pem", false},
      {"https://sns..amazonaws.com/a.pem", false},
      {"https://sns.amazonaws.com/a.pem", false},
      {"https://s3.eu-west-1.amazonaws.com/a.pem", false},
      {"https://sns.eu-west-1.amazonaws.com/a.txt", false},
      {"https://sns.eu-west-1.amazonaws.com/b/a.pem", false},
      {"https://sns.eu-west-1.amazonaws.com/?Action=x&a.pem", false},
      {"", false},
  };
  for (const auto& c : kUrls) {
    Envelope envelope = Notification();
    envelope["SigningCertURL"] = c.url;
    EXPECT_EQ(SaidOf(envelope), c.good ? "" : "its SigningCertURL is not one of SNS") << c.url;
  }
}

// Each attempt has the time at which the message was published.
TEST(SnsSignatureTest, HowOldItMayBe) {
  const SignedPost post = Signed(Notification(), kNotificationText);
  EXPECT_EQ(Said(CheckOf("amazon-ses", Key()), post, kNow + std::chrono::hours(24)), "");
  SignatureKey key = Key();
  key.max_age = std::chrono::hours(2);
  const auto check = CheckOf("amazon-ses", key);
  EXPECT_EQ(Said(check, post, kNow + std::chrono::hours(2)), "");
  EXPECT_THAT(Said(check, post, kNow + Millis(7'200'001)), HasSubstr("more than 120 minutes before"));
  EXPECT_EQ(Said(check, post, kNow - std::chrono::minutes(5)), "");
  EXPECT_THAT(Said(check, post, kNow - Millis(300'001)), HasSubstr("yet to come"));
  Envelope envelope = Notification();
  envelope["Timestamp"] = "now";
  std::string text = kNotificationText;
  EXPECT_EQ(Said(check, Signed(envelope, text.replace(text.find("2026-03-01T00:00:00.000Z"), 24, "now"))),
            "its Timestamp is no time");
}

TEST(SnsSignatureTest, Certificates) {
  const SignedPost post = Signed(Notification(), kNotificationText);
  const auto both =
      CheckOf("amazon-ses", Key(SnsCertificate(OtherKey()) + "\n# the present one\n" + SnsCertificate(SharedRsaKey())));
  EXPECT_EQ(Said(both, post), "");
  const auto check = CheckOf("amazon-ses", Key());
  EXPECT_EQ(Said(check, post, kNow + std::chrono::hours(24)), "");
  EXPECT_THAT(Said(check, post, kNow + std::chrono::hours(25)),
              HasSubstr("no certificate configured is valid at 2026-03-02T01:00:00Z"));
  EXPECT_THAT(Said(check, post, kNow - std::chrono::hours(25)), HasSubstr("is valid at"));
}

TEST(SnsSignatureTest, Keys) {
  constexpr char kNone[] = "the key is not one or more certificates in PEM";
  EXPECT_EQ(WhyNoCheck("amazon-ses", Key("secret")), kNone);
  EXPECT_EQ(WhyNoCheck("amazon-ses", Key(PublicPem(SharedRsaKey()))), kNone);
  const std::string broken = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(WhyNoCheck("amazon-ses", Key(broken)), kNone);
  EXPECT_EQ(WhyNoCheck("amazon-ses", Key(SnsCertificate(SharedRsaKey()) + broken)), kNone);
  EXPECT_EQ(
      WhyNoCheck("amazon-ses", Key(SnsCertificate(SharedRsaKey()) + SnsCertificate(SharedRsaKey()).substr(0, 300))),
      kNone);
  EXPECT_THAT(WhyNoCheck("amazon-ses", Key(SnsCertificate(SharedRsaKey(), "example.com"))),
              HasSubstr("none of the names"));
  EXPECT_THAT(WhyNoCheck("amazon-ses", Key(SnsCertificate(SharedRsaKey(), "*.amazonaws.com"))),
              HasSubstr("none of the names"));
  EXPECT_THAT(WhyNoCheck("amazon-ses", Key(SnsCertificate(MakeEcKey("P-256").get()))), HasSubstr("no RSA key"));
  EXPECT_THAT(WhyNoCheck("amazon-ses", Key(SnsCertificate(MakeRsaKey(1024).get()))), HasSubstr("no RSA key"));
  EXPECT_THAT(WhyNoCheck("amazon-ses", {.secret = SnsCertificate(SharedRsaKey())}),
              HasSubstr("no TopicArn is configured"));
  for (const char* topic : {"", "ses", "arn:aws:sqs:eu-west-1:1:x", "arn:aws:sns:eu-west-1:1:", "arn:aws:sns::1:x:y"}) {
    EXPECT_THAT(WhyNoCheck("amazon-ses", {.secret = SnsCertificate(SharedRsaKey()), .topics = {topic}}),
                HasSubstr("is no TopicArn"));
  }
}

// The regions that the SDK for Java knows.
TEST(SnsSignatureTest, NamesOfRegions) {
  struct {
    const char *topic, *name;
    bool good;
  } const kNames[] = {
      {"arn:aws:sns:af-south-1:1:x", "sns-signing.af-south-1.amazonaws.com", true},
      {"arn:aws:sns:af-south-1:1:x", "sns-signing.eu-south-1.amazonaws.com", false},
      {"arn:aws-cn:sns:cn-north-1:1:x", "sns-cn-north-1.amazonaws.com.cn", true},
      {"arn:aws-us-gov:sns:us-gov-east-1:1:x", "sns-us-gov-west-1.amazonaws.com", true},
  };
  for (const auto& c : kNames) {
    const SignatureKey key{.secret = SnsCertificate(SharedRsaKey(), c.name), .topics = {c.topic}};
    EXPECT_EQ(WhyNoCheck("amazon-ses", key).empty(), c.good) << c.topic << " " << c.name;
  }
}

}  // namespace leadpulse::webhooks::signature_sns_test
