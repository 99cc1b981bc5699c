// Used tokens on disk: which tokens a restart reads, and which files are removed when.
#include "processor/receiver/token_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/scratch_directory.h"

namespace leadpulse::receiver::token_log_test {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using webhooks::SignedToken;
using webhooks::UsedTokens;

constexpr Instant kNow{1'772'323'200'000};
constexpr Millis kLifetime = std::chrono::hours(9);

SignedToken Token(char token, Instant signed_at = kNow, char content = 'a') {
  SignedToken made{signed_at, {}, {}};
  made.token.fill(token);
  made.content.fill(content);
  return made;
}

class TokenLogTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<TokenLog>> Open(UsedTokens* tokens) {
    return TokenLog::Open(options_, OpenAppendedOnDisk, tokens);
  }
  void Append(const std::vector<SignedToken>& more, Instant now = kNow) {
    UsedTokens unused(kLifetime);
    const auto log = Open(&unused);
    ASSERT_TRUE(log.ok()) << log.status().message();
    for (const SignedToken& token : more) ASSERT_TRUE((*log)->Append(LineOf(token), now).ok());
    ASSERT_TRUE((*log)->Sync(now).ok());
  }
  // Returns the message of a new process for the token with another content; empty if it passes.
  std::string SaidAfterRestart(const SignedToken& token, Instant now = kNow) {
    UsedTokens tokens(options_.lifetime);
    const auto log = Open(&tokens);
    if (!log.ok()) return log.status().message();
    SignedToken other = token;
    other.content.fill('z');
    const Status status = tokens.Reserve(other, now);
    return status.ok() ? "" : status.message();
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& each : fs::directory_iterator(options_.folder)) names.push_back(each.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  leadpulse::testing::ScratchDirectory directory_;
  TokenLogOptions options_{directory_ / "used-tokens", kLifetime};
};

constexpr char kUsed[] = "its token was used before, with another body or at another source";

TEST_F(TokenLogTest, ARestartKnowsWhatWasUsed) {
  Append({Token('1'), Token('2', kNow - std::chrono::hours(1))});
  Append({Token('3')});
  EXPECT_THAT(Names(), ElementsAre("000001-1772323200"));
  EXPECT_EQ(SaidAfterRestart(Token('1')), kUsed);
  EXPECT_EQ(SaidAfterRestart(Token('2', kNow - std::chrono::hours(1))), kUsed);
  EXPECT_EQ(SaidAfterRestart(Token('3')), kUsed);
  EXPECT_EQ(SaidAfterRestart(Token('4')), "");
  UsedTokens tokens(kLifetime);
  ASSERT_TRUE(Open(&tokens).ok());
  EXPECT_TRUE(tokens.Reserve(Token('1'), kNow).ok()) << "the same content";
}

TEST_F(TokenLogTest, ATornLineIsCutOff) {
  Append({Token('1'), Token('2')});
  const std::string path = options_.folder + "/000001-1772323200";
  fs::resize_file(path, fs::file_size(path) - 5);
  EXPECT_EQ(SaidAfterRestart(Token('1')), kUsed);
  EXPECT_EQ(SaidAfterRestart(Token('2')), "");
  Append({Token('3')});
  EXPECT_EQ(SaidAfterRestart(Token('3')), kUsed);
}

TEST_F(TokenLogTest, MoreAtTheEndOfALineIsOfALaterVersion) {
  Append({Token('1')});
  const std::string path = options_.folder + "/000001-1772323200";
  fs::resize_file(path, fs::file_size(path) - 1);
  std::ofstream(path, std::ios::app) << " more\n";
  EXPECT_EQ(SaidAfterRestart(Token('1')), kUsed);
}

TEST_F(TokenLogTest, WhatIsNoTokenIsNotSkipped) {
  Append({Token('1')});
  std::ofstream(options_.folder + "/000001-1772323200", std::ios::app) << "1772323200000 00\n";
  EXPECT_THAT(SaidAfterRestart(Token('1')), HasSubstr("000001-1772323200 cannot be read from line 2 on: move it away"));
  fs::remove(options_.folder + "/000001-1772323200");
  for (const char* name : {"1-1772323200", "000001", "notes.txt", "000001-x"}) {
    std::ofstream(options_.folder + "/" + name) << "of somebody else\n";
  }
  EXPECT_EQ(SaidAfterRestart(Token('1')), "");
}

TEST_F(TokenLogTest, FilesGoWhenNoTokenInThemCouldBeAccepted) {
  Append({Token('1', kNow + std::chrono::minutes(5))});
  Append({Token('2')}, kNow + kLifetime);
  EXPECT_THAT(Names(), ElementsAre("000001-1772323200", "000002-1772355600"));
  Append({Token('3')}, kNow + 2 * kLifetime - Millis(1));
  EXPECT_EQ(Names().size(), 2u);
  Append({Token('4')}, kNow + 2 * kLifetime);
  EXPECT_EQ(Names().size(), 3u) << "until five more minutes have passed, because a clock may be ahead";
  Append({Token('5')}, kNow + 2 * kLifetime + std::chrono::minutes(5) + Millis(1));
  EXPECT_THAT(Names(), ElementsAre("000002-1772355600", "000003-1772388000"));
  // A longer lifetime does not bring back removed tokens.
  options_.lifetime = std::chrono::hours(240);
  EXPECT_THAT(SaidAfterRestart(Token('1', kNow + std::chrono::minutes(5)), kNow + 2 * kLifetime),
              HasSubstr("are no longer known"));
}

TEST_F(TokenLogTest, FilesAreBoundedInTokens) {
  options_.max_tokens = 2;
  UsedTokens unused(kLifetime);
  const auto log = Open(&unused);
  for (char token = '0'; token < '9'; ++token) {
    ASSERT_TRUE((*log)->Append(LineOf(Token(token)), kNow + std::chrono::seconds(token)).ok());
    ASSERT_TRUE((*log)->Sync(kNow + std::chrono::seconds(token)).ok());
    EXPECT_LE(Names().size(), 2u);
  }
  EXPECT_EQ(SaidAfterRestart(Token('8')).empty(), false);
  EXPECT_THAT(SaidAfterRestart(Token('0')), HasSubstr("are no longer known"));
}

}  // namespace leadpulse::receiver::token_log_test
