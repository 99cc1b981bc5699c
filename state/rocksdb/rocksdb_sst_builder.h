// A table file that is written beside the database, in its directory, and then taken over by it: rows come past the log
// and the memory tables, at a sixth of their processor time. For state/rocksdb_*.cc only.
//
// Killed before it was taken over, the file stays where it is and counts for nothing; the next opening removes it.
#pragma once

#include <rocksdb/sst_file_writer.h>

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/ids.h"
#include "state/rocksdb/rocksdb_database.h"

namespace leadpulse::state {

// One thread; of one partition one at a time.
class SstBuilder {
 public:
  SstBuilder(const RocksDbDatabase& database, Family family, const std::string& directory, PartitionId partition);

  // By ascending key. No value: there is no such row.
  void Add(std::string_view key, std::optional<std::string_view> value);
  // All rows are there and durable, or none; at least one was added. It says, too, what went wrong before.
  rocksdb::Status TakeOver();

 private:
  const RocksDbDatabase& database_;
  rocksdb::ColumnFamilyHandle* const family_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
  rocksdb::Status status_;
};

// Whether not too many tables lie above each other while a compaction is under way.
bool TakesMoreTables(rocksdb::DB* database, rocksdb::ColumnFamilyHandle* family);

void RemoveUnfinishedTables(const std::string& directory);

}  // namespace leadpulse::state
