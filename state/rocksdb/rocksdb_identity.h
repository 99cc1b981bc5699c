// The store's own rows: which format a state has, how many partitions, and its erasure secret. For state/rocksdb_*.cc
// only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_database.h"

namespace leadpulse::state {

struct StateIdentity {
  uint32_t format_version = 0;
  uint32_t partition_count = 0;
  std::string erasure_secret;
};

// Nothing: the state was killed while it was made, before these rows. Rejected: a later format version. Fatal: they
// cannot be read or are damaged.
Result<std::optional<StateIdentity>> ReadStateIdentity(const RocksDbDatabase& database, const std::string& directory);

// The version that the rows have from now on, before any of them is written.
Status RaiseFormatVersion(const RocksDbDatabase& database, const std::string& directory, const StateIdentity& identity);

// Whether this program reads a state whose format version is spelled like this.
bool IsReadableFormat(const std::string& version);

// Nothing where there is no such row.
Result<std::optional<std::string>> ReadRow(const RocksDbDatabase& database, const std::string& directory, Family family,
                                           std::string_view row_key);

}  // namespace leadpulse::state
