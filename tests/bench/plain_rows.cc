#include "tests/bench/plain_rows.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "state/rocksdb/rocksdb_options.h"

namespace leadpulse::bench {
namespace {

void Must(const rocksdb::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

}  // namespace

PlainRows::PlainRows(const state::RocksDbOptions& options) {
  write_options_.sync = options.sync;
  std::filesystem::create_directories(options.directory);
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name :
       {rocksdb::kDefaultColumnFamilyName, std::string(state::RowFamilyName(state::kLeads))}) {
    descriptors.emplace_back(name, state::FamilyOptions(options, name, cache));
  }
  rocksdb::DB* database = nullptr;
  Must(rocksdb::DB::Open(state::DatabaseOptions(options), options.directory, descriptors, &families_, &database));
  database_.reset(database);
}

PlainRows::~PlainRows() {
  for (rocksdb::ColumnFamilyHandle* family : families_) database_->DestroyColumnFamilyHandle(family);
}

void PlainRows::Put(std::string_view key, std::string_view value) {
  Must(batch_.Put(families_[1], rocksdb::Slice(key), rocksdb::Slice(value)));
  bytes_written_ += key.size() + value.size();
}

std::string_view PlainRows::Get(std::string_view key) {
  found_.Reset();
  Must(database_->Get(rocksdb::ReadOptions(), families_[1], rocksdb::Slice(key), &found_));
  return {found_.data(), found_.size()};
}

void PlainRows::Grow(std::string_view key, size_t bytes) {
  grown_ = Get(key);
  // The bytes compress no better than the rest.
  while (bytes-- > 0) grown_.push_back(static_cast<char>(grown_.size() * 167 + grown_[grown_.size() / 2] * 13));
  Put(key, grown_);
}

void PlainRows::Commit() {
  Must(database_->Write(write_options_, &batch_));
  batch_.Clear();
}

uint64_t BytesWrittenByProcess() {
  std::ifstream counters("/proc/self/io");
  std::string name;
  uint64_t value = 0;
  while (counters >> name >> value) {
    if (name == "wchar:") return value;
  }
  return 0;
}

void WaitUntilNothingIsWritten() {
  constexpr auto kStep = std::chrono::milliseconds(100);
  constexpr int kStillSteps = 5, kMostSteps = 1200;
  uint64_t before = BytesWrittenByProcess();
  for (int step = 0, still = 0; step < kMostSteps && still < kStillSteps; ++step) {
    std::this_thread::sleep_for(kStep);
    const uint64_t now = BytesWrittenByProcess();
    still = now == before ? still + 1 : 0;
    before = now;
  }
}

}  // namespace leadpulse::bench
