// The memory of a journal: its entries in their order, and their texts. One piece, for what an event costs is mostly
// waiting for memory, and each piece is waited for apart. Entries lie at its beginning and texts at its end; what is
// free lies between. Used by Journal only, which knows what the entries mean and who owns their properties.
//
// Not thread-safe. Nothing here fails; texts that are too long are asserted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "processor/base/prefetch.h"
#include "state/lead/journal_entry.h"

namespace leadpulse::state {

// What is moved from may only be assigned to or destroyed.
class JournalArena {
 public:
  JournalArena() = default;
  JournalArena(const JournalArena& other);
  JournalArena& operator=(const JournalArena& other) { return *this = JournalArena(other); }
  JournalArena(JournalArena&&) = default;
  JournalArena& operator=(JournalArena&&) = default;
  ~JournalArena() = default;

  // Good until the next Insert, Reserve or Compact; Remove moves entries, and leaves the texts of all where they are.
  std::span<const JournalEntry> entries() const { return {Places() + head_, end_ - head_}; }
  std::span<JournalEntry> entries() { return {Places() + head_, end_ - head_}; }

  // Copies the texts, which may be this block's own, and the address of the properties. `retracted` is unset.
  JournalEntry& Insert(size_t index, const EntryFields& fields, uint16_t id_hash);
  // Removing the oldest moves nothing.
  void Remove(size_t index);
  // Makes room for entries to come: so many bytes, as BytesOf gives them.
  void Reserve(size_t bytes);
  // Gives memory back, where what is left is much less than it was.
  void Compact();

  // What an entry takes.
  static size_t BytesOf(const EntryFields& fields) {
    return sizeof(JournalEntry) + fields.event_id.size() + fields.message_id.size() + fields.campaign_id.size() +
           fields.name.size() + fields.retracts.size() +
           (fields.properties == nullptr ? 0 : JournalEntry::kAddressBytes);
  }
  // Of memory held.
  size_t capacity() const { return capacity_; }

  // Hints that the latest, of most journals all, are about to be read, and perhaps one added at the end.
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
  // Of the entries held and their texts.
  size_t HeldBytes() const { return (end_ - head_) * sizeof(JournalEntry) + held_text_bytes_; }
  // Copies the texts, for which there must be room, behind the others.
  JournalEntry Keep(const EntryFields& fields, uint16_t id_hash);
  // Into new memory of about so many bytes goes what is held of these entries. Gives the old memory, if any.
  std::unique_ptr<char[]> Take(std::span<const JournalEntry> entries, size_t capacity);

  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
  size_t texts_begin_ = 0;
  size_t held_text_bytes_ = 0;  // of those from texts_begin_ on, what entries still refer to
  // Of the places at the beginning. Entries before head_ have left.
  size_t head_ = 0;
  size_t end_ = 0;
};

}  // namespace leadpulse::state
