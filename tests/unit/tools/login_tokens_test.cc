// Tokens of OAUTHBEARER: what a JSON Web Token says, and a file that another program renews. kafka/secure_test.py logs
// in with them, and asks a server.
#include "tools/leadpulse/live/login_tokens.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace leadpulse::tools::login_tokens_test {

using ::testing::HasSubstr;

std::string TokenOf(const std::string& claims) {
  return absl::WebSafeBase64Escape("{\"alg\":\"none\"}") + "." + absl::WebSafeBase64Escape(claims) + ".sig";
}

TEST(LoginToken, SaysWhoseItIsAndWhenItExpires) {
  const auto token = ParseToken(TokenOf(R"({"sub":"svc","exp":1700000000})"));
  ASSERT_TRUE(token.ok()) << token.status().message();
  EXPECT_EQ(token->principal, "svc");
  EXPECT_EQ(token->expires_at.millis, 1'700'000'000'000);
  EXPECT_EQ(token->value, TokenOf(R"({"sub":"svc","exp":1700000000})"));
  EXPECT_EQ(ParseToken(TokenOf(R"({"exp":1700000000.9})"))->expires_at.millis, 1'700'000'000'000) << "rounded down";
}

TEST(LoginToken, WhatIsNoneIsRejected) {
  for (const std::string text : {"", "a", "a.b", "a.b.c", "..", "a.!!.c"}) {
    EXPECT_THAT(ParseToken(text).status().message(), HasSubstr("is no JSON Web Token")) << text;
  }
  for (const std::string claims : {"{}", R"({"exp":"soon"})", R"({"exp":-1})", R"({"exp":1e99})", R"({"exp":null})"}) {
    EXPECT_THAT(ParseToken(TokenOf(claims)).status().message(), HasSubstr("when it expires")) << claims;
  }
  EXPECT_FALSE(ParseToken(TokenOf("[]")).ok());
}

class FixedClock : public Clock {
 public:
  Instant now{1'700'000'000'000};
  Instant Now() const override { return now; }
};

class TokenFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    sasl.mechanism = config::SaslMechanism::kOauthbearer;
    sasl.token_file = ::testing::TempDir() + "login_tokens_test.jwt";
    std::filesystem::remove(sasl.token_file);
  }
  void Write(const std::string& text) const { std::ofstream(sasl.token_file, std::ios::trunc) << text; }
  std::string Problem() const {
    const auto token = TokensFor(sasl, &clock)();
    if (token.ok()) return "";
    EXPECT_EQ(token.status().kind(), ErrorKind::kRetriable);
    return token.status().message();
  }

  config::SaslSettings sasl;
  FixedClock clock;
};

TEST_F(TokenFileTest, IsReadForEachToken) {
  const kafka::TokenSource source = TokensFor(sasl, &clock);
  for (const std::string who : {"first", "second"}) {
    Write(TokenOf(R"({"exp":1700000001,"sub":")" + who + "\"}") + "\n");
    const auto token = source();
    ASSERT_TRUE(token.ok()) << token.status().message();
    EXPECT_EQ(token->principal, who);
    EXPECT_FALSE(token->value.ends_with('\n'));
  }
}

TEST_F(TokenFileTest, ThereMayBeATokenLater) {
  EXPECT_THAT(Problem(), HasSubstr(sasl.token_file + " cannot be read"));
  Write("");
  EXPECT_THAT(Problem(), HasSubstr("is no JSON Web Token"));
  Write(std::string(100'000, 'a'));
  EXPECT_THAT(Problem(), HasSubstr("too large"));
  Write(TokenOf(R"({"exp":1700000000})"));
  EXPECT_THAT(Problem(), HasSubstr("has expired"));
  clock.now.millis -= 1;
  EXPECT_EQ(Problem(), "");
}

}  // namespace leadpulse::tools::login_tokens_test
