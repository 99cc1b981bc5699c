// The RocksDB options of a state. For state/rocksdb only.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "state/rocksdb/rocksdb_lead_store.h"

namespace leadpulse::state {

// Indexes into kFamilyNames. The names are persisted: never rename.
enum Family : size_t { kLeads, kTimers, kErased, kMeta, kFamilyCount };
inline constexpr std::array<const char*, kFamilyCount> kFamilyNames = {"leads", "timers", "erased", "meta"};

rocksdb::DBOptions DatabaseOptions(const RocksDbOptions& options);
// `cache` is shared by all families.
rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options, const std::string& name,
                                           const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace leadpulse::state
