// The compact form of journal entries: texts that repeat within the lead are written once, times are deltas, numbers
// are varints. state/README.md describes it byte by byte. It has no version of its own: a change to it is a new
// kLeadFormatVersion. The functions are thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "state/journal.h"
#include "state/journal_form.h"

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
  struct Found {
    uint64_t number = 0;
    bool added = false;  // now; else it was there
  };
  // The text must outlive the next Clear.
  Found FindOrAdd(std::string_view text);

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

// Writes journals, one after the other. Not thread-safe.
class JournalEncoder {
 public:
  JournalEncoder() = default;
  JournalEncoder(const JournalEncoder&) = delete;
  JournalEncoder& operator=(const JournalEncoder&) = delete;

  // The entries must be in ascending (occurred_at, event_id). `retracted` is not written. Good until the next call.
  std::string_view Encode(std::span<const JournalEntry> entries);

 private:
  // The text of a field that was written last: that of the entry before is mostly this one's, too, for a mail has
  // several events. Compared first, it spares a look for the number.
  struct LastText {
    std::string_view text;  // empty: none that has a number
    uint64_t number = 0;
  };

  // The Put functions need room for what they write, but for those that make it: PutEntry, PutProperties, PutValue and
  // PutTextWithRoom. PutValue leaves room for a tag and a number.
  void MakeRoom(size_t bytes);
  void PutByte(uint8_t byte) { *at_++ = static_cast<char>(byte); }
  void PutVarint(uint64_t value);
  void PutBytes(std::string_view bytes);
  void PutText(std::string_view text, LastText* last);
  void PutTextWithRoom(std::string_view text);
  void PutTime(Instant occurred_at);
  void PutEntry(const JournalEntry& entry);
  void PutProperties(const EntryProperties& properties);
  template <typename Variant>
  void PutValue(const Variant& value);
  void PutTag(ValueTag tag);
  void PutAlternative(std::monostate value);
  void PutAlternative(bool value);
  void PutAlternative(double value);
  void PutAlternative(Instant value);
  void PutAlternative(const std::string& value);
  void PutAlternative(const ScalarList& value);
  void PutAlternative(const StructValue& value);

  TextNumbers numbers_;
  LastText message_, campaign_, name_, other_;
  std::unique_ptr<char[]> begin_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::optional<Instant> previous_;
};

inline std::string EncodeJournal(std::span<const JournalEntry> entries) {
  return std::string(JournalEncoder().Encode(entries));
}

// In order and with unique event ids, or a fatal error that names the entry and the field. Their texts lie in `bytes`.
Result<std::vector<EntryFields>> DecodeJournal(std::string_view bytes);

}  // namespace leadpulse::state
