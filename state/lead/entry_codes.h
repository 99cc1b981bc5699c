// What kind each entry of a long journal is, in two bytes each that lie beside each other: entries of a kind are found
// without a look at the others. Kept by Journal.
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

// The first of `codes` from `begin` on that, in the bits of `mask`, is `wanted`; or their number. Looks at many at
// once.
size_t FindCode(std::span<const uint16_t> codes, uint16_t wanted, uint16_t mask, size_t begin);

// What an entry is to be. None of any kind is retracted, or a RETRACT.
class EntryCode {
 public:
  explicit EntryCode(EventType type) : code_(static_cast<uint16_t>(type)), mask_(kTypeBits | kNever) {}
  void MustBeMachine(bool machine);
  void MustBounce(BounceKind kind);
  // Without case. Only some of those with another name are left out.
  void MaybeNamed(std::string_view folded_name);

 private:
  friend class EntryCodes;

  // A code: the type, whose doing it is, how it bounced, whether it never counts, and of its name so much of a hash as
  // there is room for.
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

// By the index of the entry.
class EntryCodes {
 public:
  void Insert(size_t index, const JournalEntry& entry);
  void Remove(size_t index) { codes_.erase(codes_.begin() + static_cast<ptrdiff_t>(index)); }
  void SetRetracted(size_t index);

  // The first from `begin` on; the number of entries where there is none.
  size_t First(const EntryCode& kind, size_t begin) const { return FindCode(codes_, kind.code_, kind.mask_, begin); }
  // The last before `end`.
  std::optional<size_t> Last(const EntryCode& kind, size_t end) const;
  // Of memory held.
  size_t MemoryBytes() const { return codes_.capacity() * sizeof(uint16_t); }

 private:
  std::vector<uint16_t> codes_;
};

}  // namespace leadpulse::state
