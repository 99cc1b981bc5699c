// The memory of a journal: its entries in order, and their strings. It is one piece, because most of an event's cost is
// waiting for memory, once for each piece. Entries are at its beginning, strings at its end, free memory between them.
// Used by Journal only, which knows what the entries mean and who owns their properties.
//
// Not thread-safe. Nothing here fails; strings that are too long are asserted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "processor/base/prefetch.h"
#include "state/lead/journal_entry.h"

namespace leadpulse::state {

// The memory of one journal. A moved-from arena may only be assigned to or destroyed.
class JournalArena {
 public:
  JournalArena() = default;
  JournalArena(const JournalArena& other);
  JournalArena& operator=(const JournalArena& other) { return *this = JournalArena(other); }
  JournalArena(JournalArena&&) = default;
  JournalArena& operator=(JournalArena&&) = default;
  ~JournalArena() = default;

  // Returns the entries, valid until the next Insert, Reserve or Compact; Remove moves entries, but no strings.
  std::span<const JournalEntry> entries() const { return {Places() + head_, end_ - head_}; }
  std::span<JournalEntry> entries() { return {Places() + head_, end_ - head_}; }

  // Copies the strings, which may be in this arena, and the address of the properties. `retracted` is false.
  JournalEntry& Insert(size_t index, const EntryFields& fields, uint16_t id_hash);
  // Removes an entry. Removing the oldest moves nothing.
  void Remove(size_t index);
  // Makes room for entries of `bytes` bytes, the sum of BytesOf.
  void Reserve(size_t bytes);
  // Frees memory if much less is used than before.
  void Compact();

  // Returns the bytes that an entry takes.
  static size_t BytesOf(const EntryFields& fields) {
    return sizeof(JournalEntry) + fields.event_id.size() + fields.message_id.size() + fields.campaign_id.size() +
           fields.name.size() + fields.subject.size() +
           (fields.properties == nullptr ? 0 : JournalEntry::kAddressBytes) + (fields.of_other_address ? 1 : 0);
  }
  // Returns the bytes of memory held.
  size_t capacity() const { return capacity_; }

  // Prefetches the latest entries (in most journals all) and the memory for a new one.
  void Prefetch() const {
    if (memory_ == nullptr) return;
    const size_t latest = std::min<size_t>(end_ - head_, kPrefetched);
    PrefetchMemory(Places() + end_ - latest, (latest + 1) * sizeof(JournalEntry));
    PrefetchMemory(memory_.get() + texts_begin_ - 1, capacity_ - texts_begin_ + 1);
  }

 private:
  static constexpr size_t kPrefetched = 64;

  JournalEntry* Places() { return reinterpret_cast<JournalEntry*>(memory_.get()); }
  const JournalEntry* Places() const { return reinterpret_cast<const JournalEntry*>(memory_.get()); }
  size_t FreeBytes() const { return texts_begin_ - end_ * sizeof(JournalEntry); }
  // Returns the bytes of the entries held and their strings.
  size_t HeldBytes() const { return (end_ - head_) * sizeof(JournalEntry) + held_text_bytes_; }
  // Copies the strings, for which there must be room.
  JournalEntry Keep(const EntryFields& fields, uint16_t id_hash);
  // Allocates about `capacity` bytes and copies these entries and their strings into them. Returns the old memory, if
  // any.
  std::unique_ptr<char[]> Take(std::span<const JournalEntry> entries, size_t capacity);

  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
  size_t texts_begin_ = 0;
  size_t held_text_bytes_ = 0;  // how many of the bytes from texts_begin_ on entries still refer to
  // Indexes of entries from the beginning. Those before head_ were removed.
  size_t head_ = 0;
  size_t end_ = 0;
};

}  // namespace leadpulse::state
