// Ingests table files, whose rows bypass the log and the memory tables, at a sixth of the processor time. For
// state/rocksdb only.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/ids.h"
#include "state/rocksdb/rocksdb_database.h"

namespace leadpulse::state {

struct IngestedRow {
  std::string key;
  std::optional<std::string_view> value;  // nullopt: deletes the row
};

// Writes `count` rows, by ascending key, to a file in the database's directory, and lets the database adopt it: all
// rows become visible and durable, or none. After a kill before that, the next opening removes the file. At most one
// call for a partition at a time.
rocksdb::Status IngestTable(const RocksDbDatabase& database, RowFamily family, PartitionId partition, size_t count,
                            const std::function<IngestedRow(size_t index)>& row);

// Whether it takes more tables: not if too many overlap while a compaction runs.
bool TakesMoreTables(rocksdb::DB* database, rocksdb::ColumnFamilyHandle* family);

void RemoveUnfinishedTables(const std::string& directory);

}  // namespace leadpulse::state
