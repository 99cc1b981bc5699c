// Valid and invalid keys of each provider, with the reasons. signature_sns_test.cc has those of SNS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/base/encodings.h"
#include "processor/webhooks/signature.h"
#include "tests/webhooks/signing.h"

namespace leadpulse::webhooks::signature_keys_test {

using testing::HasSubstr;

TEST(SignatureKeyTest, EveryProviderHasAScheme) {
  for (const Provider& provider : Providers()) {
    EXPECT_THAT(WhyNoCheck(provider.name(), {}), HasSubstr("the key is empty")) << provider.name();
  }
  EXPECT_EQ(WhyNoCheck("pigeon", {.secret = "x"}), "there is no provider pigeon whose signature could be checked");
}

TEST(SignatureKeyTest, SendGridKeys) {
  const std::string key = PublicBase64(MakeEcKey("P-256").get());
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = key}), "");
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = ""}), "the key is empty: with it, anybody could sign");
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = key + "\n"}), "the key has a blank or a line's end before or behind it");
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = "???"}), "the key is not in base64");
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = "YWJj"}), "the key is in base64, but no public key");
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = ToBase64(*FromBase64(key) + "x")}),
            "the key is in base64, but no public key");
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n"}),
            "the key is no public key in PEM");
  constexpr char kOther[] = "the key is a public key, but none of the curve P-256";
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = PublicBase64(MakeEcKey("P-384").get())}), kOther);
  EXPECT_EQ(WhyNoCheck("sendgrid", {.secret = PublicPem(MakeRsaKey(2048).get())}), kOther);
}

}  // namespace leadpulse::webhooks::signature_keys_test
