// The row of a lead's latest published changes: PublishedChanges (published_change.proto), a list of concatenated
// entries. So a row grows by appending to it, and a store can drop its first entries.
//
// There is a row for each lead, not for each change. A write appends the new changes without a read, and the oldest are
// dropped when RocksDB joins appends. Rows of a fixed number of slots would need a row and a tombstone for each change
// that they replace.
//
// One of the dropped changes stays and stands for the others, so that a row always says when the lead came into its
// stage. Appends are joined in any grouping, so such a change may be in the middle of a row.
#pragma once

#include <cstddef>
#include <string>

namespace leadpulse::state {

inline constexpr size_t kMostPublished = 64;
// The latest change is kept even if it takes more.
inline constexpr size_t kMostPublishedBytes = 32 << 10;

// Drops the first entries until at most `most` are left. Leaves bytes that are not a list unchanged, so that their
// reader reports them; BoundPublished does, too.
// Thread-safe.
void KeepLatestPublished(size_t most, std::string* row);
// Replaces the first entries by the one that stands for them, if the row has more than kMostPublished or more than
// kMostPublishedBytes: then it has at most as many, and the others take at most as many bytes. Entries that cannot be
// read are dropped.
void BoundPublished(std::string* row);

}  // namespace leadpulse::state
