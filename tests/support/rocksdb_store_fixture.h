// A state on disk that a test opens, damages and opens again.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/store_keys.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::state {

inline constexpr PartitionId kPartition{0};
inline const std::string kAnn = EncodeLeadKey({"acme", "ann@example.com"});

// A death test runs again in its own process from its start to its EXPECT_EXIT and must find the same directory.
// (A fork would not do, because it leaves RocksDB's threads behind.)
inline constexpr const char* kSharedDirectory = "LEADPULSE_TEST_DIRECTORY";

class RocksDbLeadStoreTest : public ::testing::Test {
 protected:
  RocksDbLeadStoreTest() {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    if (const char* directory = std::getenv(kSharedDirectory)) {
      directory_ = directory;
    } else {
      scratch_.emplace();
      directory_ = *scratch_ / "deep/state";
      ::setenv(kSharedDirectory, directory_.c_str(), 1);
    }
  }
  ~RocksDbLeadStoreTest() override {
    if (scratch_) ::unsetenv(kSharedDirectory);
  }

  bool InOwnProcess() const { return !scratch_; }
  RocksDbOptions Options() const { return {.directory = directory_}; }

  std::unique_ptr<LeadStore> MustOpen(const RocksDbOptions& options) {
    auto opened = OpenRocksDbLeadStore(options);
    if (!opened.ok()) {
      ADD_FAILURE() << opened.status().message();
      return nullptr;
    }
    return std::move(*opened);
  }
  static std::string Refusal(const RocksDbOptions& options) {
    auto opened = OpenRocksDbLeadStore(options);
    return opened.ok() ? "opened" : opened.status().message();
  }
  static void Put(LeadStore* store, const std::string& value) {
    Status status = store->Commit({.leads = {{kPartition, kAnn, value, Instant::Never(), {5}}},
                                   .erasures = {{kPartition, store->ErasureHash(kAnn), {{4}, {3}}}},
                                   .meta = {{"clock", value}}});
    ASSERT_TRUE(status.ok()) << status.message();
  }
  std::string ReadAllFiles() const {
    std::string all;
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory_)) {
      std::ifstream in(file.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  std::vector<std::filesystem::path> Files(const std::string& pattern) const {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(directory_)) {
      if (std::regex_match(file.path().filename().string(), std::regex(pattern))) files.push_back(file.path());
    }
    return files;
  }

  std::optional<testing::ScratchDirectory> scratch_;
  std::string directory_;
};

}  // namespace leadpulse::state
