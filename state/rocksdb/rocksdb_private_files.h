// A file system whose files only their owner may read. For state/rocksdb only.
#pragma once

#include <rocksdb/env.h>

namespace leadpulse::state {

// The default file system, except that RocksDB's files get the mode 0600 and directories 0700, whatever the umask;
// RocksDB itself would use 0644. Lives until the process ends. Thread-safe.
rocksdb::Env* PrivateFiles();

}  // namespace leadpulse::state
