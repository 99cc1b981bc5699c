// Type, machine and bounce kind of each entry of a long journal, packed in an array of two bytes each: a search by kind
// does not read the entries. Maintained by Journal.
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "state/lead/journal_entry.h"

namespace leadpulse::state {

// Returns the index of the first of `codes` from `begin` on that equals `wanted` in the bits of `mask`, or
// codes.size(). Compares several at once.
size_t FindCode(std::span<const uint16_t> codes, uint16_t wanted, uint16_t mask, size_t begin);

// A search pattern for entries. It never matches a retracted entry or a RETRACT.
class EntryCode {
 public:
  explicit EntryCode(EventType type) : code_(static_cast<uint16_t>(type)), mask_(kTypeBits | kNever) {}
  void MustBeMachine(bool machine);
  void MustBounce(BounceKind kind);
  // Restricts the pattern to entries with this name, without case. Excludes most entries with another name, not all.
  void MaybeNamed(std::string_view folded_name);

 private:
  friend class EntryCodes;

  // A code: the type, machine or person, soft or hard bounce, whether it never matches, and some bits of a hash of the
  // name.
  static constexpr uint16_t kTypeBits = 0x1f;
  static constexpr uint16_t kMachine = 0x20;
  static constexpr uint16_t kSoft = 0x40;
  static constexpr uint16_t kNever = 0x80;
  static constexpr uint16_t kNameBits = 0xff00;
  static_assert(kEventTypeCount <= kTypeBits + 1);

  static uint16_t CodeOfName(std::string_view folded);
  static uint16_t CodeOf(const JournalEntry& entry);

  uint16_t code_;
  uint16_t mask_;
};

// The codes of all entries, by the entry's index.
class EntryCodes {
 public:
  void Insert(size_t index, const JournalEntry& entry);
  void Remove(size_t index) { codes_.erase(codes_.begin() + static_cast<ptrdiff_t>(index)); }
  void SetRetracted(size_t index);

  // Returns the first match from `begin` on, or the number of entries.
  size_t First(const EntryCode& kind, size_t begin) const { return FindCode(codes_, kind.code_, kind.mask_, begin); }
  // Returns the last match before `end`.
  std::optional<size_t> Last(const EntryCode& kind, size_t end) const;
  // Returns the bytes of memory held.
  size_t MemoryBytes() const { return codes_.capacity() * sizeof(uint16_t); }

 private:
  std::vector<uint16_t> codes_;
};

}  // namespace leadpulse::state
