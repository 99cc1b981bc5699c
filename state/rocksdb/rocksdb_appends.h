// Appends to rows of leads (row_form.h) as RocksDB joins them, when it reads, flushes or compacts: for
// state/rocksdb_*.cc only. Its name is persisted.
#pragma once

#include <rocksdb/merge_operator.h>

#include <memory>

namespace leadpulse::state {

// Never fails: an append that has no row, or not its own, becomes a row that whoever decodes it refuses by its name.
// (RocksDB would stop all writes where a compaction meets a failure.)
std::shared_ptr<rocksdb::MergeOperator> RowAppends();

}  // namespace leadpulse::state
