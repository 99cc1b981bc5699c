// The yardstick of uncached_bench: rows in a RocksDB with the settings of a state, without the engine. Ends the program
// on an error. One thread.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "state/rocksdb/rocksdb_lead_store.h"

namespace leadpulse::bench {

class PlainRows {
 public:
  // Makes a database in the options' directory, with their block cache and sync.
  explicit PlainRows(const state::RocksDbOptions& options);
  ~PlainRows();
  PlainRows(const PlainRows&) = delete;
  PlainRows& operator=(const PlainRows&) = delete;

  void Put(std::string_view key, std::string_view value);
  // Returns the row as of the last Commit, which must exist; valid until the next call.
  std::string_view Get(std::string_view key);
  // Gets the row and puts it back with `bytes` more at its end.
  void Grow(std::string_view key, size_t bytes);
  // Writes the rows put since the last Commit, in one batch.
  void Commit();

  // Returns the bytes of the keys and values put.
  uint64_t bytes_written() const { return bytes_written_; }

 private:
  rocksdb::WriteOptions write_options_;
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // default, leads
  rocksdb::WriteBatch batch_;
  rocksdb::PinnableSlice found_;
  std::string grown_;
  uint64_t bytes_written_ = 0;
};

// Returns the bytes that all threads of this process have written to files so far.
uint64_t BytesWrittenByProcess();
// Returns when that number has not changed for half a second, so that all flushes and compactions are done. Gives up
// after two minutes, because later writes disturb the measurement but do not spoil it.
void WaitUntilNothingIsWritten();

}  // namespace leadpulse::bench
