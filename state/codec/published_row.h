// The row of a lead's latest published changes: PublishedChanges (published_change.proto), a list of concatenated
// entries. So a row grows by appending to it, and a store can drop its first entries.
//
// There is a row for each lead, not for each change. A write appends the new changes without a read, and the oldest are
// dropped when RocksDB joins appends. Rows of a fixed number of slots would need a row and a tombstone for each change
// that they replace.
#pragma once

#include <cstddef>
#include <string>

namespace leadpulse::state {

inline constexpr size_t kMostPublished = 64;
// The latest change is kept even if it takes more.
inline constexpr size_t kMostPublishedBytes = 32 << 10;

// Drops the first entries until at most `most` are left, in at most kMostPublishedBytes. Leaves bytes that are not a
// list unchanged, so that their reader reports them. Thread-safe.
void KeepLatestPublished(size_t most, std::string* row);

}  // namespace leadpulse::state
