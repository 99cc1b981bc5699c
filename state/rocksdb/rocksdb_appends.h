// The merge operator that joins appends (row_form.h) with rows when RocksDB reads, flushes or compacts. For
// state/rocksdb only. Its name is persisted.
#pragma once

#include <rocksdb/merge_operator.h>

#include <memory>

namespace leadpulse::state {

// Never fails: an append without a row, or with a wrong one, becomes a row that the decoder reports. (RocksDB would
// stop all writes if a merge failed in a compaction.)
std::shared_ptr<rocksdb::MergeOperator> RowAppends();

}  // namespace leadpulse::state
