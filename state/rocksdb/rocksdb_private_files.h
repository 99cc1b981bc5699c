// Files of a state that only their owner may read: for state/rocksdb_*.cc only.
#pragma once

#include <rocksdb/env.h>

namespace leadpulse::state {

// The system's file system, but each file that RocksDB makes has the mode 0600 and each directory 0700, whatever the
// umask: RocksDB itself makes 0644. Lives until the process ends. Thread-safe.
rocksdb::Env* PrivateFiles();

}  // namespace leadpulse::state
