// The store's own rows: format version, number of partitions, erasure secret. For state/rocksdb only.
#pragma once

#include <rocksdb/options.h>

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

// nullopt: a kill interrupted the creation of the state before these rows. Rejected: a later format version. Fatal:
// they cannot be read or are damaged.
Result<std::optional<StateIdentity>> ReadStateIdentity(const RocksDbDatabase& database, const std::string& directory);

// Stores the current format version, before any other row is written, with the rows that it requires.
Status RaiseFormatVersion(const RocksDbDatabase& database, const std::string& directory, const StateIdentity& identity);

// The number of a format version; 0: it is not one.
uint32_t FormatOf(const std::string& version);
// Whether this program reads states of this format version.
bool IsReadableFormat(const std::string& version);

// nullopt if there is no such row.
Result<std::optional<std::string>> ReadRow(const RocksDbDatabase& database, const std::string& directory, Family family,
                                           std::string_view row_key, const rocksdb::ReadOptions& read = {});

}  // namespace leadpulse::state
