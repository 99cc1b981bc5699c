// A journal in its stored form (state/README.md, "The journal"). While its journal grows, it encodes only new entries.
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "state/lead/entries_hash.h"
#include "state/lead/journal_entry.h"
#include "state/lead/journal_form.h"

namespace leadpulse::state {

// Only texts of these lengths in bytes are written once and referred to after that. The upper bound keeps a decoder
// of hostile bytes from being made to allocate more than about 260 bytes for each byte it reads.
inline constexpr size_t kMinSharedBytes = 2;
inline constexpr size_t kMaxSharedBytes = 256;

class EncodedJournal {
 public:
  // The number of entries it holds.
  size_t size() const { return begins_.size(); }
  // Drops all but the first `count` entries.
  void Truncate(size_t count);
  // Adds the entries after the first size() ones, which must be those it holds, and returns the bytes of all; valid
  // until the next call. Entries ascend by (occurred_at, event_id); `retracted` is not written.
  std::string_view Extend(std::span<const JournalEntry> entries);
  // The bytes of the entries from `index` on (at most size()), without the count that precedes them.
  std::string_view EntriesFrom(size_t index) const;
  // EntriesHash of all entries.
  uint64_t Hash() { return hash_.Of(EntriesFrom(0)); }
  // Bytes of memory held.
  size_t MemoryBytes() const;

 private:
  // A text that can be referred to by its number, the index in texts_.
  struct Text {
    uint32_t begin;  // from begin_
    uint16_t size;
    uint16_t mark;   // bits of its hash, compared first
    uint32_t place;  // in places_
  };
  // The last written text of a field. Often the next entry has the same one, because a mail has several events;
  // comparing it first avoids a look-up of its number.
  struct LastText {
    std::string_view text;  // empty: no numbered text
    uint64_t number = 0;
  };

  // The Put functions need room for what they write, except those that make it: PutProperties, PutValue and
  // PutTextWithRoom. PutValue leaves room for a tag and a number.
  void MakeRoom(size_t bytes) {
    if (bytes > static_cast<size_t>(end_ - at_)) Grow(bytes);
  }
  void Grow(size_t bytes);
  std::string_view WithCount();
  size_t Used() const { return static_cast<size_t>(at_ - begin_.get()); }
  void PutByte(uint8_t byte) { *at_++ = static_cast<char>(byte); }
  void PutVarint(uint64_t value);
  void PutBytes(std::string_view bytes);
  void PutText(std::string_view text, LastText* last);
  void PutTextWithRoom(std::string_view text);
  void PutTime(Instant occurred_at, std::optional<Instant> previous);
  void PutEntry(const JournalEntry& entry, std::optional<Instant> previous);
  void PutProperties(const EntryProperties& properties);
  template <typename Variant>
  void PutValue(const Variant& value);
  void PutTag(ValueTag tag) { PutByte(static_cast<uint8_t>(tag)); }
  void PutAlternative(std::monostate value);
  void PutAlternative(bool value);
  void PutAlternative(double value);
  void PutAlternative(Instant value);
  void PutAlternative(const std::string& value);
  void PutAlternative(const ScalarList& value);
  void PutAlternative(const StructValue& value);

  // The slot of the text, or the free slot where it belongs.
  size_t PlaceOf(std::string_view text, uint64_t hash) const;
  void GrowPlaces();

  std::unique_ptr<char[]> begin_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::vector<uint32_t> begins_;  // where each entry begins, counted from begin_
  EntriesHash hash_;
  std::vector<Text> texts_;  // in the order of their first occurrence
  // A hash table of numbers, from 1; 0 is free. Its size is a power of two, at most half of it used. The latest text
  // can be removed without rehashing, because no other was displaced by it.
  std::vector<uint32_t> places_;
  LastText message_, campaign_, name_, other_;
};

}  // namespace leadpulse::state
