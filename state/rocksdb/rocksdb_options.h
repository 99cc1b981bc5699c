// The RocksDB options of a state. For state/rocksdb only.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/options.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/state_rows.h"

namespace leadpulse::state {

using enum RowFamily;
inline constexpr std::array kFamilies = {kLeads, kTimers, kErased, kMeta, kPublished};
// By RowFamily. Persisted: never rename. RocksDB makes `default` in every database, so states from before published
// changes have it, too.
inline constexpr std::array<const char*, kFamilies.size()> kFamilyNames = {"leads", "timers", "erased", "meta",
                                                                           "default"};

rocksdb::DBOptions DatabaseOptions(const RocksDbOptions& options);
// Returns a cache of blocks, for all families together.
std::shared_ptr<rocksdb::Cache> MakeBlockCache(size_t bytes);
// Returns the options of one family. `cache` is shared by all families.
rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options, const std::string& name,
                                           const std::shared_ptr<rocksdb::Cache>& cache);

// Returns the merge operator that joins appends (row_form.h) with rows when RocksDB reads, flushes or compacts. Its
// name is persisted. Never fails: an append without a row, or with a wrong one, becomes a row that the decoder reports.
// (RocksDB would stop all writes if a merge failed in a compaction.)
std::shared_ptr<rocksdb::MergeOperator> RowAppends();

// Writes RocksDB's info log, LOG and its predecessor LOG.old. In rocksdb_files.cc. RocksDB has its own logger, but in a
// build with assertions (such as Debian's) that one aborts the process if LOG cannot be written, for example on a full
// disk. This one drops such lines. At most about twice `max_bytes` on disk. The directory must exist; if the name is
// empty, nothing is written. Thread-safe; never fails.
std::shared_ptr<rocksdb::Logger> MakeRocksDbLog(const std::string& directory, size_t max_bytes);

// Returns the default file system, except that RocksDB's files get the mode 0600 and directories 0700, whatever the
// umask; RocksDB itself would use 0644. In rocksdb_files.cc. Lives until the process ends. Thread-safe.
rocksdb::Env* PrivateFiles();

}  // namespace leadpulse::state
