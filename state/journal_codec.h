// The compact form of journal entries: texts that repeat within the lead are written once, times are deltas, numbers
// are varints. state/README.md describes it byte by byte. It has no version of its own: a change to it is a new
// kLeadFormatVersion. Functions are thread-safe.
#pragma once

#include <cstdint>
#include <optional>
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

// The texts written of a journal, by the order of their first occurrence. Kept from one journal to the next, it
// allocates nothing.
class TextNumbers {
 public:
  void Clear();
  // The number of a text that was added before; nothing: it has been added now. It must outlive the next Clear.
  std::optional<uint64_t> FindOrAdd(std::string_view text);

 private:
  struct Slot {
    std::string_view text;
    uint64_t generation = 0;  // of another one: free
    uint64_t number = 0;
  };
  // That of the text, or the free one where it belongs.
  Slot& SlotOf(std::string_view text);
  void Grow();

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  uint64_t generation_ = 1;
  uint64_t count_ = 0;
};

// The entries must be in ascending (occurred_at, event_id). `retracted` is not written.
void AppendJournal(std::span<const JournalEntry> entries, TextNumbers* numbers, std::string* bytes);
std::string EncodeJournal(std::span<const JournalEntry> entries);

// In order and with unique event ids, or a fatal error that names the entry and the field. `retracted` is false. The
// entries' texts lie in `bytes`.
Result<std::vector<JournalEntry>> DecodeJournal(std::string_view bytes);

}  // namespace leadpulse::state
