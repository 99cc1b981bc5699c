// A copy of an open database: for state/rocksdb_*.cc only.
#pragma once

#include <string>

#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_database.h"

namespace leadpulse::state {

// Makes `target`, which must not be there: table files are hard links, the rest is copied. Writes nothing to the
// database, so that a failure says nothing about it. Fatal: there is not enough room, or the copy failed; what was made
// of it is removed. `directory` is that of the database. No write of the caller may be under way.
Status MakeRocksDbCheckpoint(const RocksDbDatabase& database, const std::string& directory, const std::string& target);

}  // namespace leadpulse::state
