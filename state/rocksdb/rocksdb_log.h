// RocksDB's info log in the state directory: LOG and its predecessor LOG.old.
//
// RocksDB has its own logger, but in a build with assertions (such as Debian's) that one aborts the process if LOG
// cannot be written, for example on a full disk. This logger drops lines that it cannot write.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <string>

namespace leadpulse::state {

// At most about twice `max_bytes` on disk. The directory must exist; if the name is empty, nothing is written.
// Thread-safe; never fails.
std::shared_ptr<rocksdb::Logger> MakeRocksDbLog(const std::string& directory, size_t max_bytes);

}  // namespace leadpulse::state
