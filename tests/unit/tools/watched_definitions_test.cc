#include "tools/leadpulse/live/watched_definitions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "config/definitions_loader.h"
#include "processor/telemetry/logging.h"
#include "tests/support/kafka/simulated_clock.h"

namespace leadpulse::tools::watched_definitions_test {

// Texts of different lengths, because two edits at once may have the same file time.
constexpr const char* kFirst = "tenants: {'*': {tiers: [{name: all}]}}\n";
constexpr const char* kSecond = "tenants: {'*': {tiers: [{name: everyone}]}}\n";
constexpr const char* kBroken = "tenants: {'*': {teirs: []}}\n";

class WatchedDefinitionsTest : public ::testing::Test {
 protected:
  WatchedDefinitionsTest() {
    EXPECT_TRUE(telemetry::SetUpLogging("off").ok());
    Write(kFirst);
    definitions_ = std::make_unique<WatchedDefinitions>(path_, config::LoadDefinitions(kFirst).definitions,
                                                        config::InputPartitioning::kMurmur2, &clock_);
  }
  ~WatchedDefinitionsTest() override { std::filesystem::remove(path_); }

  void Write(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }
  // Gives the file a new time, whatever resolution the file system has.
  void Touch() {
    written_ += std::chrono::seconds(1);
    std::filesystem::last_write_time(path_, written_);
  }
  std::string WantedAfterALook() {
    definitions_->LookAgain();
    return definitions_->Wanted().definitions->text;
  }
  // Returns the definitions wanted once the file has settled.
  std::string WantedInTheEnd() {
    WantedAfterALook();
    clock_.Pass(kSettleTime);
    return WantedAfterALook();
  }

  const std::string path_ = ::testing::TempDir() + "watched-" + std::to_string(getpid()) + ".yaml";
  std::filesystem::file_time_type written_ = std::filesystem::file_time_type::clock::now();
  testing::SimulatedClock clock_{Instant{1'750'000'000'000}};
  std::unique_ptr<WatchedDefinitions> definitions_;
};

TEST_F(WatchedDefinitionsTest, AnEditIsWanted) {
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  Write(kSecond);
  EXPECT_EQ(WantedInTheEnd(), kSecond);
  EXPECT_EQ(WantedAfterALook(), kSecond);
}

TEST_F(WatchedDefinitionsTest, AFileThatIsBeingWrittenWaits) {
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  // Each prefix of it is a valid text.
  const std::string whole = std::string(kSecond) + "# one\n# two\n# three\n";
  for (size_t size = std::string(kSecond).size(); size < whole.size(); size += 6) {
    Write(whole.substr(0, size));
    Touch();
    EXPECT_EQ(WantedAfterALook(), kFirst) << size;
    clock_.Pass(kSettleTime - Millis(1));
    EXPECT_EQ(WantedAfterALook(), kFirst) << size;
  }
  Write(whole);
  Touch();
  EXPECT_EQ(WantedAfterALook(), kFirst);
  clock_.Pass(kSettleTime - Millis(1));
  EXPECT_EQ(WantedAfterALook(), kFirst);
  clock_.Pass(Millis(1));
  EXPECT_EQ(WantedAfterALook(), whole);
}

// Holds on file systems that store whole seconds, or show a change late.
TEST_F(WatchedDefinitionsTest, AChangeThatSizeAndTimeDoNotTellIsWaitedForToo) {
  const std::string half = "tenants: {'*': {tiers: [{name: aaaaaaaa}]}}\n";
  ASSERT_EQ(half.size(), std::string(kSecond).size());
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  Write(half);
  Touch();
  EXPECT_EQ(WantedAfterALook(), kFirst);
  Write(kSecond);
  std::filesystem::last_write_time(path_, written_);
  clock_.Pass(kSettleTime);
  EXPECT_EQ(WantedAfterALook(), kFirst);
  clock_.Pass(kSettleTime - Millis(1));
  EXPECT_EQ(WantedAfterALook(), kFirst);
  clock_.Pass(Millis(1));
  EXPECT_EQ(WantedAfterALook(), kSecond);
}

TEST_F(WatchedDefinitionsTest, AFileWrittenLongAgoIsNotWaitedFor) {
  const std::atomic<bool> stop{false};
  const SystemClock clock;
  std::filesystem::last_write_time(path_, written_ - std::chrono::seconds(10));
  const auto begun = MonotonicNow();
  WaitUntilSettled(path_, 1000, clock, stop);
  EXPECT_LT(MonotonicNow() - begun, kSettleTime);
  WaitUntilSettled(path_ + ".none", 1000, clock, stop);
  EXPECT_LT(MonotonicNow() - begun, kSettleTime);
  std::filesystem::last_write_time(path_, std::filesystem::file_time_type::clock::now());
  WaitUntilSettled(path_, 1000, clock, stop);
  EXPECT_GE(MonotonicNow() - begun, kSettleTime);
}

// The file was read when the process began; it is not watched until the brokers answer.
TEST_F(WatchedDefinitionsTest, AnEditBeforeTheFirstLookIsWanted) {
  Write(kSecond);
  EXPECT_EQ(WantedInTheEnd(), kSecond);
}

TEST_F(WatchedDefinitionsTest, WhatIsBrokenChangesNothing) {
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  Write(kBroken);
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  Write("");
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  Write(std::string("#") + std::string(kMaxLiveDefinitionsBytes, 'x') + "\n" + kSecond);
  EXPECT_EQ(WantedInTheEnd(), kFirst) << "larger than a live run accepts";
  Write(kSecond);
  EXPECT_EQ(WantedInTheEnd(), kSecond) << "mended";
}

TEST_F(WatchedDefinitionsTest, AFileThatIsGoneChangesNothingAndMayComeBack) {
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  std::filesystem::remove(path_);
  EXPECT_EQ(WantedInTheEnd(), kFirst);
  Write(kSecond);
  EXPECT_EQ(WantedInTheEnd(), kSecond);
}

}  // namespace leadpulse::tools::watched_definitions_test
