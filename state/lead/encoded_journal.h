// The stored form of a journal (state/README.md, "The journal").
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <xxhash.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/lead/journal_entry.h"

namespace leadpulse::state {

// ---- The numbers of the stored form, for its encoder and decoder. All are persisted: never renumber. ----

// First byte of an entry: the EventType in the low four bits, then `machine` and two bits of BounceKind.
inline constexpr uint8_t kTypeMask = 0x0f;
inline constexpr uint8_t kMachineBit = 0x10;
inline constexpr int kBounceKindShift = 5;
inline constexpr uint8_t kReservedHeadBit = 0x80;

// Second byte: which of the optional fields follow.
inline constexpr uint8_t kHasMessage = 0x01;
inline constexpr uint8_t kHasCampaign = 0x02;
inline constexpr uint8_t kHasName = 0x04;
inline constexpr uint8_t kHasSubject = 0x08;
inline constexpr uint8_t kHasProperties = 0x10;
inline constexpr uint8_t kHasAddress = 0x20;        // its slot, one byte, follows the fields
inline constexpr uint8_t kIsReceived = 0x40;        // only with kHasAddress
inline constexpr uint8_t kIsOfOtherAddress = 0x80;  // only with kIsReceived; that slot follows

// The first byte of a property's value.
enum class ValueTag : uint8_t {
  kUnset = 0,
  kFalse = 1,
  kTrue = 2,
  kNumber = 3,       // eight bytes, IEEE 754, little endian
  kWholeNumber = 4,  // zigzag varint: a double that is a whole number up to 2^53 in size, not -0
  kInstant = 5,      // zigzag varint, milliseconds
  kText = 6,
  kList = 7,     // varint count, then values, none of them a list or a struct
  kStruct = 8,   // a string
  kDecimal = 9,  // a string: a number as sent, if no double has this for its shortest decimal
  kDay = 10,     // two zigzag varints: the day since 1970-01-01, its first instant in milliseconds
};

// Only strings of these lengths in bytes are written once and then referred to. The upper bound limits the memory that
// hostile bytes can make a decoder allocate: about 260 bytes for each byte it reads.
inline constexpr size_t kMinSharedBytes = 2;
inline constexpr size_t kMaxSharedBytes = 256;

inline uint64_t JoinHashes(uint64_t first, uint64_t second) {
  const uint64_t both[] = {first, second};
  return XXH3_64bits(both, sizeof both);
}

// The hash of a journal's entries in their stored form, part of the lead's checksum. It is computed block by block, so
// that only the last blocks are hashed again when entries are added at the end.
class EntriesHash {
 public:
  // Returns the hash of `bytes`; 0 if there are none. Blocks that were hashed before must be unchanged.
  uint64_t Of(std::string_view bytes) {
    for (size_t begin = blocks_.size() * kBlockBytes; begin + kBlockBytes <= bytes.size(); begin += kBlockBytes) {
      blocks_.push_back(With(bytes.substr(begin, kBlockBytes)));
    }
    const std::string_view rest = bytes.substr(blocks_.size() * kBlockBytes);
    return rest.empty() ? Last() : With(rest);
  }
  // Forgets blocks that are not wholly in the first `bytes` bytes, the only ones that stay unchanged.
  void Truncate(size_t bytes) {
    if (bytes / kBlockBytes < blocks_.size()) blocks_.resize(bytes / kBlockBytes);
  }
  // Returns the bytes of memory held.
  size_t MemoryBytes() const { return blocks_.capacity() * sizeof(uint64_t); }

 private:
  static constexpr size_t kBlockBytes = 1024;

  uint64_t Last() const { return blocks_.empty() ? 0 : blocks_.back(); }
  uint64_t With(std::string_view block) const { return JoinHashes(Last(), XXH3_64bits(block.data(), block.size())); }

  std::vector<uint64_t> blocks_;  // the hash of all bytes up to the end of each block
};

// The encoder of one journal. While the journal grows, it encodes only new entries.
class EncodedJournal {
 public:
  // Returns the number of entries it holds.
  size_t size() const { return begins_.size(); }
  // Drops all but the first `count` entries.
  void Truncate(size_t count);
  // Adds the entries after the first size() ones, which must be those it holds. Returns the bytes of all, valid until
  // the next call. Entries ascend by (occurred_at, event_id); `retracted` is not written.
  std::string_view Extend(std::span<const JournalEntry> entries);
  // Returns the bytes of the entries from `index` on (at most size()), without the count that precedes them.
  std::string_view EntriesFrom(size_t index) const;
  // Returns EntriesHash of all entries.
  uint64_t Hash() { return hash_.Of(EntriesFrom(0)); }
  // Returns the bytes of memory held.
  size_t MemoryBytes() const;

 private:
  // A string that can be referred to by its number, the index in texts_.
  struct Text {
    uint32_t begin;  // from begin_
    uint32_t hash;
    uint16_t size;
  };
  // The hashes of texts_, or others that share their bits: a string whose hash was not seen is new, as most are.
  class SeenHashes {
   public:
    // Adds a hash. Returns false if it was not seen before.
    bool Add(uint32_t hash) {
      uint64_t& bits = bits_[hash / 64 % bits_.size()];
      const uint64_t bit = uint64_t{1} << hash % 64;
      return (std::exchange(bits, bits | bit) & bit) != 0;
    }
    void Clear() { bits_.fill(0); }

   private:
    std::array<uint64_t, 8> bits_{};
  };
  // The last written string of a field. Often the next entry has the same one, because a mail has several events;
  // comparing it first avoids a look-up of its number.
  struct LastText {
    std::string_view text;  // empty: no numbered string
    uint64_t number = 0;
  };

  // Makes room. WriteText and the Put functions need room for what they write, except those that make it:
  // PutProperties, PutValue and PutTextWithRoom. PutValue leaves room for a tag and a number.
  void MakeRoom(size_t bytes) {
    if (bytes > static_cast<size_t>(end_ - at_)) Grow(bytes);
  }
  void Grow(size_t bytes);
  std::string_view WithCount();
  size_t Used() const { return static_cast<size_t>(at_ - begin_.get()); }
  void PutByte(uint8_t byte) { *at_++ = static_cast<char>(byte); }
  void PutVarint(uint64_t value);
  // Writes a string at `at` and returns where it ends.
  char* WriteText(std::string_view text, LastText* last, char* at);
  void PutTextWithRoom(std::string_view text);
  void PutEntry(const JournalEntry& entry, std::optional<Instant> previous);
  void PutProperties(const EntryProperties& properties);
  template <typename Variant>
  void PutValue(const Variant& value);
  void PutTag(ValueTag tag) { PutByte(static_cast<uint8_t>(tag)); }
  void PutNumber(const Number& number);

  std::string_view BytesOf(const Text& text) const { return {begin_.get() + text.begin, text.size}; }
  // Returns the number of the string; nullopt if it is new. Brings places_ up to date.
  std::optional<uint64_t> NumberOf(std::string_view text, uint32_t hash);
  // Returns the slot of the string, or the free slot where it belongs.
  size_t PlaceOf(std::string_view text, uint32_t hash) const;
  // Forgets the strings that begin at `end` or later, counted from begin_.
  void ForgetTextsFrom(uint32_t end);

  std::unique_ptr<char[]> begin_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::vector<uint32_t> begins_;  // where each entry begins, counted from begin_
  EntriesHash hash_;
  std::vector<Text> texts_;  // in the order of their first occurrence
  SeenHashes seen_;
  // A hash table of the first `placed_` numbers, from 1; 0 is free. Its size is a power of two, and at most half of it
  // is used. The latest string can be removed without rehashing, because no other was displaced by it.
  std::vector<uint32_t> places_;
  size_t placed_ = 0;
  LastText message_, campaign_, name_, other_;
};

}  // namespace leadpulse::state
