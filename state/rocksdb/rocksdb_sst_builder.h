// Writes a table file in the database's directory, which the database then ingests: rows bypass the log and the memory
// tables, at a sixth of the processor time. For state/rocksdb only.
//
// After a kill before that, the next opening removes the file.
#pragma once

#include <rocksdb/sst_file_writer.h>

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/ids.h"
#include "state/rocksdb/rocksdb_database.h"

namespace leadpulse::state {

// One thread; at most one builder of a partition at a time.
class SstBuilder {
 public:
  SstBuilder(const RocksDbDatabase& database, RowFamily family, PartitionId partition);

  // By ascending key. Without a value: deletes the row.
  void Add(std::string_view key, std::optional<std::string_view> value);
  // Ingests the table: all rows are visible and durable, or none. At least one must have been added. Also returns
  // errors of Add.
  rocksdb::Status TakeOver();

 private:
  const RocksDbDatabase& database_;
  rocksdb::ColumnFamilyHandle* const family_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
  rocksdb::Status status_;
};

// False if too many tables overlap while a compaction runs.
bool TakesMoreTables(rocksdb::DB* database, rocksdb::ColumnFamilyHandle* family);

void RemoveUnfinishedTables(const std::string& directory);

}  // namespace leadpulse::state
