// The secrets and tenants of a source in the settings of `leadpulse receive`.
#include "tests/receiver/receiver_settings_support.h"

namespace leadpulse::receiver::signature_settings_test {

using config::Lines;
using config::Variables;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SignatureSettings, SecretsAreShownNowhere) {
  const std::string before = "to: {folder: f}\nsources: [{provider: mailgun, tenant: a, signature: ";
  for (const std::string value : {"hunter2", "{secret: [hunter2]}", "{secret:hunter2}", "{hunter2: x}", "[hunter2]",
                                  "{secret: '$hunter2'}", "{secret: a, secret_file: b, max_age: '${AGE}'}"}) {
    const LoadedReceiverSettings loaded = Load(before + value + "}]", Variables({{"AGE", "hunter2"}}));
    EXPECT_FALSE(loaded.errors.empty()) << value;
    if (value == "{hunter2: x}") continue;  // a key like any other
    EXPECT_THAT(::testing::PrintToString(Lines(loaded.errors)), ::testing::Not(HasSubstr("hunter2"))) << value;
  }
  const auto good = Load(before + "{secret: '${KEY}'}}]", Variables({{"KEY", "hunter2hunter2hunter2"}}));
  EXPECT_THAT(Lines(good.errors), IsEmpty());
  ASSERT_TRUE(good.settings);
  EXPECT_EQ(good.settings->sources[0].signatures.size(), 1u);
}

std::string Signed(const std::string& provider, const std::string& signature) {
  return "to: {folder: f}\nsources: [{provider: " + provider + ", tenant: a, signature: {" + signature + "}}]";
}

constexpr const char* kShort = "is shorter than 16 bytes, and can be found by trying";

TEST(SignatureSettings, ShortSecretsAreRefusedUnlessTheyAreInUse) {
  const struct {
    const char *provider, *key;
    bool is_short;
  } cases[] = {{"mailgun", "123456789012345", true},
               {"mailgun", "1234567890123456", false},
               {"postmark", "a-user-of-some-length:123456789012345", true},
               {"postmark", "u:1234567890123456", false},
               {"brevo, path: /x", "u:1", true},
               {"resend", "whsec_MTIzNDU2Nzg5MDEyMzQ1", true},
               {"resend", "whsec_MTIzNDU2Nzg5MDEyMzQ1Ng==", false}};
  for (const auto& each : cases) {
    const std::string secret = std::string("secret: '") + each.key + "'";
    const std::vector<std::string> errors(each.is_short ? 1 : 0, kShort);
    ExpectErrors(Signed(each.provider, secret), errors);
    const LoadedReceiverSettings accepted = Load(Signed(each.provider, secret + ", short_secret: accept"));
    ASSERT_TRUE(accepted.settings.has_value()) << each.key;
    EXPECT_EQ(accepted.warnings.size(), each.is_short ? 1u : 0u) << each.key;
    const LoadedReceiverSettings replaced =
        Load(Signed(each.provider,
                    "previous_secret: '" + std::string(each.key) + "', secret: 'whsec_user:bG9uZ2VyIHRoYW4gYW55Ynk='"));
    if (std::string(each.provider) == "resend") continue;  // its secret is not user:password
    ASSERT_TRUE(replaced.settings.has_value()) << each.key << ::testing::PrintToString(Lines(replaced.errors));
    EXPECT_EQ(replaced.settings->sources[0].signatures.size(), 2u);
    EXPECT_EQ(replaced.warnings.size(), each.is_short ? 1u : 0u) << each.key;
  }
  ExpectErrors(Signed("mailjet", "scheme: header, header: Authorization, secret: 'Bearer 123456789012345'"), {kShort});
  ExpectErrors(Signed("mailjet", "scheme: header, header: Authorization, secret: 'Bearer 1234567890123456'"), {});
  ExpectErrors(Signed("mailjet", "scheme: hmac, header: X, secret: '123456789012345', short_secret: refuse"), {kShort});
  ExpectErrors(Signed("mailgun", "secret: x, short_secret: yes"), {"short_secret: expected one of these"});
}

TEST(SignatureSettings, WhatIsSignedAndWhereItStands) {
  const std::string stripe = "scheme: hmac, header: Stripe-Signature, secret: 0123456789abcdef";
  ExpectErrors(Signed("brevo", stripe + ", signed_text: '{time}.{body}', time_part: t, signature_part: v1"), {});
  ExpectErrors(Signed("brevo", stripe + ", signed_text: 'v0:{time}:{body}', time_header: X-Time, prefix: v0="), {});
  for (const char* hash : {"hmac-sha1", "hmac-sha512"}) {
    ExpectErrors(
        Signed("brevo", std::string("scheme: ") + hash + ", header: X-Hub-Signature, secret: 0123456789abcdef"), {});
  }
  ExpectErrors(Signed("brevo", "scheme: hmac-md5, header: X, secret: 0123456789abcdef"),
               {"scheme: expected one of these"});
  ExpectErrors(Signed("brevo", stripe + ", signed_text: '{time}.{body}'"), {"say where the time is with time_header"});
  ExpectErrors(Signed("brevo", "secret: '0:0123456789abcdef', prefix: v0="), {"are for the scheme hmac"});
}

TEST(SignatureSettings, AMappingThatSignsChallengesNeedsASecret) {
  const FileReader files = [](const std::string&) -> Result<std::string> {
    return std::string(
        "challenge: {query: crc_token, answer: {response_token: 'sha256={hmac_base64}'}}\n"
        "fields: {event: k, lead: l}\nbecomes: {a: open}");
  };
  const auto load = [&](const std::string& signature) {
    return Load(Signed("generic, mapping: m.yaml", signature), Variables({}), files);
  };
  const LoadedReceiverSettings right =
      load("scheme: hmac, header: X, secret: 0123456789abcdef, previous_secret: 0123456789abcdeg");
  ASSERT_TRUE(right.settings) << ::testing::PrintToString(Lines(right.errors));
  EXPECT_EQ(right.settings->sources[0].challenge_secret, "0123456789abcdef");
  for (const char* other : {"scheme: header, header: X, secret: 0123456789abcdef", "secret: 'u:0123456789abcdef'"}) {
    ExpectErrors(Signed("generic, mapping: m.yaml", other), {"its mapping signs challenges"}, Variables({}), files);
  }
}

TEST(SignatureSettings, TwoSecretsOfOneSource) {
  const FileReader files = [](const std::string& path) -> Result<std::string> { return path + "-of-sixteen-bytes\n"; };
  const auto count = [&](const std::string& signature) {
    const LoadedReceiverSettings loaded = Load(Signed("mailgun", signature), Variables({}), files);
    return loaded.settings ? loaded.settings->sources[0].signatures.size() : 0;
  };
  EXPECT_EQ(count("secret: 0123456789abcdef"), 1u);
  EXPECT_EQ(count("secret: 0123456789abcdef, previous_secret: 0123456789abcdeg"), 2u);
  EXPECT_EQ(count("secret_file: new, previous_secret_file: old"), 2u);
  EXPECT_EQ(count("secret: 0123456789abcdef, previous_secret_file: old"), 2u);
  const auto wrong = [&](const std::string& signature, const std::string& error) {
    ExpectErrors(Signed("mailgun", signature), {error}, Variables({}), files);
  };
  wrong("previous_secret: 0123456789abcdef", "signature.secret: is missing: exactly one of `secret` and `secret_file`");
  wrong("secret_file: new, previous_secret_file: new", "previous_secret_file: is the same as the secret that replaces");
  wrong("secret_file: new, previous_secret_file: old, previous_secret: x",
        "previous_secret_file: stands beside `previous_secret`: remove one");
  ExpectErrors(Signed("sendgrid", "secret: no-key, previous_secret: neither-is-this"), {"the key is", "the key is"});
}

TEST(SignatureSettings, SecretsThatOthersCanReadAreWarnedOf) {
  const auto warnings = [](const std::string& signature, const std::string& readable) {
    const SettingsFiles files{[](const std::string&) -> Result<std::string> { return std::string("0123456789abcdef"); },
                              [readable](const std::string& path) { return path == readable; }};
    const auto variables = Variables({{"KEY", "0123456789abcdeg"}});
    return Lines(LoadReceiverSettings(Signed("mailgun", signature), variables, files).warnings);
  };
  EXPECT_THAT(
      warnings("secret: 0123456789abcdef", ""),
      ElementsAre(HasSubstr("signature.secret: this file can be read by others than its owner: chmod 600, or")));
  EXPECT_THAT(warnings("secret: '${KEY}'", ""), IsEmpty());
  EXPECT_THAT(warnings("secret: 0123456789abcdef", "other"), IsEmpty());
  EXPECT_THAT(warnings("secret_file: key", ""), IsEmpty());
  EXPECT_THAT(warnings("secret_file: key", "key"),
              ElementsAre(HasSubstr("signature.secret_file: that file can be read by others than its owner")));
  EXPECT_THAT(warnings("secret: '${KEY}', previous_secret_file: old", "old"),
              ElementsAre(HasSubstr("signature.previous_secret_file: that file can be read")));
}

TEST(SignatureSettings, AnArgumentNamesOnlyTenantsThatAreListed) {
  const std::string before = "to: {folder: f}\nsources: [{provider: sendgrid, tenant: a, signature: none";
  const auto loaded = Load(before + ", tenant_argument: shop, tenants: [b, c]}]");
  ASSERT_TRUE(loaded.settings.has_value()) << ::testing::PrintToString(Lines(loaded.errors));
  EXPECT_THAT(loaded.settings->sources[0].options.tenants, ElementsAre("b", "c"));
  ExpectErrors(before + ", tenant_argument: shop}]", {"sources[0].tenants: is missing: a list of the tenants"});
  ExpectErrors(before + ", tenants: [b]}]", {"sources[0].tenants: is used with `tenant_argument` only"});
  ExpectErrors(before + ", tenant_argument: shop, tenants: []}]", {"expected at least one tenant"});
  ExpectErrors(before + ", tenant_argument: shop, tenants: b}]", {"expected a list of tenants"});
  ExpectErrors(before + ", tenant_argument: shop, tenants: [b, 'c d', {}]}]",
               {"tenants[1]: expected a tenant", "tenants[2]: expected a tenant"});
  ExpectErrors(before + ", tenant_argument: shop, tenents: [b]}]",
               {"tenants: is missing", "did you mean \"tenants\"?"});
}

TEST(SignatureSettings, TopicsOfSns) {
  const auto source = [](const std::string& topics) {
    return "to: {folder: f}\nsources: [{provider: amazon-ses, tenant: a, signature: {secret: x, topics: " + topics +
           "}}]";
  };
  ExpectErrors(source("arn"), {"signature.topics: expected a list of TopicArns, found \"arn\""});
  ExpectErrors(source("[{}]"), {"signature.topics[0]: expected a TopicArn, found a map"});
  ExpectErrors(source("[arn]"), {"signature: `arn` is no TopicArn, as arn:aws:sns:REGION:ACCOUNT:NAME"});
}

}  // namespace leadpulse::receiver::signature_settings_test
