// The compact form of journal entries: texts that repeat within the lead are written once, times are deltas, numbers
// are varints. state/README.md describes it byte by byte. It has no version of its own: a change to it is a new
// kLeadFormatVersion. Thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "state/journal.h"

namespace leadpulse::state {

// Only texts of these lengths in bytes are written once and referred to after that. The upper bound keeps a decoder
// of hostile bytes from being made to allocate more than about 260 bytes for each byte it reads.
inline constexpr size_t kMinSharedBytes = 2;
inline constexpr size_t kMaxSharedBytes = 256;

// The entries must be in ascending (occurred_at, event_id). `retracted` is not written.
std::string EncodeJournal(std::span<const JournalEntry> entries);

// In order and with unique event ids, or a fatal error that names the entry and the field. `retracted` is false.
Result<std::vector<JournalEntry>> DecodeJournal(std::string_view bytes);

}  // namespace leadpulse::state
