// Reads rows through writes that the store beneath does not have yet.
//
// Two stores delay writes, with different promises: files::BackgroundCommit makes one commit durable beside the work
// on the next, WriteBehindStore merges commits that may be lost. Both look up what they hold of the rows, under the
// lock that this needs, and then read the rest here, without it. Thread-safe.
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
  std::optional<std::string> value;  // nothing: the row is deleted
  bool appended = false;             // `value` continues the row in the store, which may have it already (row_form.h)
};

// As LeadStore::Get, for a row of which `unwritten` is known (nothing: only the store has it).
Result<std::optional<std::string>> ReadRow(const LeadStore& store, PartitionId partition, std::string_view key,
                                           std::optional<UnwrittenRow> unwritten);
// As LeadStore::MultiGet; `unwritten` is parallel to `keys`.
Result<std::vector<std::optional<std::string>>> ReadRows(const LeadStore& store, PartitionId partition,
                                                         std::span<const EncodedLeadKey> keys, size_t max_bytes,
                                                         std::vector<std::optional<UnwrittenRow>> unwritten);

}  // namespace leadpulse::state
