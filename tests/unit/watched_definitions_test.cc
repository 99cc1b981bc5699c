#include "tools/leadpulse/live/watched_definitions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "config/definitions_loader.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::tools::watched_definitions_test {

// Texts of different lengths: a file's time may not tell two edits apart that a test makes at once.
constexpr const char* kFirst = "tenants: {'*': {tiers: [{name: all}]}}\n";
constexpr const char* kSecond = "tenants: {'*': {tiers: [{name: everyone}]}}\n";
constexpr const char* kBroken = "tenants: {'*': {teirs: []}}\n";

class WatchedDefinitionsTest : public testing::Test {
 protected:
  WatchedDefinitionsTest() {
    EXPECT_TRUE(telemetry::SetUpLogging({.level = "off"}).ok());
    Write(kFirst);
    definitions_ = std::make_unique<WatchedDefinitions>(path_, config::LoadDefinitions(kFirst).definitions);
  }
  ~WatchedDefinitionsTest() override { std::filesystem::remove(path_); }

  void Write(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }
  std::string WantedAfterALook() {
    definitions_->LookAgain();
    return definitions_->Wanted()->text;
  }

  const std::string path_ = testing::TempDir() + "watched-" + std::to_string(getpid()) + ".yaml";
  std::unique_ptr<WatchedDefinitions> definitions_;
};

TEST_F(WatchedDefinitionsTest, AnEditIsWanted) {
  EXPECT_EQ(WantedAfterALook(), kFirst);
  Write(kSecond);
  EXPECT_EQ(WantedAfterALook(), kSecond);
  EXPECT_EQ(WantedAfterALook(), kSecond);
}

// The file was read when the process began; until it is watched the brokers are waited for.
TEST_F(WatchedDefinitionsTest, AnEditBeforeTheFirstLookIsWanted) {
  Write(kSecond);
  EXPECT_EQ(WantedAfterALook(), kSecond);
}

TEST_F(WatchedDefinitionsTest, WhatIsBrokenChangesNothing) {
  EXPECT_EQ(WantedAfterALook(), kFirst);
  Write(kBroken);
  EXPECT_EQ(WantedAfterALook(), kFirst);
  Write("");
  EXPECT_EQ(WantedAfterALook(), kFirst);
  Write(std::string("#") + std::string(kMaxLiveDefinitionsBytes, 'x') + "\n" + kSecond);
  EXPECT_EQ(WantedAfterALook(), kFirst) << "larger than a live run takes";
  Write(kSecond);
  EXPECT_EQ(WantedAfterALook(), kSecond) << "mended";
}

TEST_F(WatchedDefinitionsTest, AFileThatIsGoneChangesNothingAndMayComeBack) {
  EXPECT_EQ(WantedAfterALook(), kFirst);
  std::filesystem::remove(path_);
  EXPECT_EQ(WantedAfterALook(), kFirst);
  Write(kSecond);
  EXPECT_EQ(WantedAfterALook(), kSecond);
}

}  // namespace leadpulse::tools::watched_definitions_test
