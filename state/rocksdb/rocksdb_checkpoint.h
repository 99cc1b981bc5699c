// A copy of an open database. For state/rocksdb only.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_database.h"

namespace leadpulse::state {

// Bytes of the files in a directory.
uint64_t BytesOfFiles(const std::string& directory, bool with_tables);

// Makes `target`, which must not exist: table files are hard links, the rest is copied. Writes nothing to the database,
// so a failure does not affect it. Fatal if there is not enough room or the copy failed; its files are then removed.
// `directory` is that of the database. The caller must not write meanwhile.
Status MakeRocksDbCheckpoint(const RocksDbDatabase& database, const std::string& directory, const std::string& target);

}  // namespace leadpulse::state
