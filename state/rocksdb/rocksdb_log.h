// RocksDB's own log of what it does, kept in the state directory: LOG and, before it, LOG.old.
//
// RocksDB can write it itself, but where it is built with assertions (Debian's is) a LOG that cannot be written, as on
// a full disk, aborts the process before it can say what is wrong. This one drops what it cannot write.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <string>

namespace leadpulse::state {

// At most about twice `max_bytes` are kept. The directory must be there; an empty name: nothing is written.
// Thread-safe; never fails.
std::shared_ptr<rocksdb::Logger> MakeRocksDbLog(const std::string& directory, size_t max_bytes);

}  // namespace leadpulse::state
