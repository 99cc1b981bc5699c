// Reads rows of a store whose latest writes are still in memory.
//
// Two stores delay writes: files::BackgroundCommit makes one commit durable while the next is prepared, and
// WriteBehindStore merges commits that a crash may lose. Both look up their unwritten rows under their lock, then call
// these functions without the lock. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// The newest unwritten write of a row.
struct UnwrittenRow {
  std::optional<std::string> value;  // nullopt: the row is deleted
  bool appended = false;             // `value` is an append; the stored row may contain it already (row_form.h)
  std::string appended_later = {};   // if not empty, an append that comes after `value`, which is one too
};

// Applies the write to the stored row, if any. That row may be from before or after `value`, but not from after
// `appended_later`.
void ApplyTo(std::optional<std::string>* row, UnwrittenRow unwritten);

// Reads a row like LeadStore::Get. `unwritten` is the row's unwritten write, if any.
Result<std::optional<std::string>> ReadRow(const LeadReader& store, PartitionId partition, std::string_view key,
                                           std::optional<UnwrittenRow> unwritten);
// Reads rows like LeadStore::MultiGet; `unwritten` has an element for each key.
Result<std::vector<std::optional<std::string>>> ReadRows(const LeadReader& store, PartitionId partition,
                                                         std::span<const EncodedLeadKey> keys, size_t max_bytes,
                                                         std::vector<std::optional<UnwrittenRow>> unwritten);

}  // namespace leadpulse::state
