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

// Reads journals, one after the other. Not thread-safe.
class JournalDecoder {
 public:
  JournalDecoder() = default;
  JournalDecoder(const JournalDecoder&) = delete;
  JournalDecoder& operator=(const JournalDecoder&) = delete;

  // In order and with unique event ids, or a fatal error that names the entry and the field. Their texts lie in
  // `bytes`; the entries are good until the next call. A count that lies makes nobody allocate.
  Result<std::span<const EntryFields>> Decode(std::string_view bytes);

 private:
  // Every step gives false once something is wrong, and says what in error_: `what` may have two `%lu`.
  [[gnu::cold, gnu::noinline]] bool Fail(const char* field, const char* what, uint64_t number = 0, uint64_t other = 0);
  size_t Left() const { return static_cast<size_t>(end_ - at_); }
  bool ReadEntries();
  bool ReadEntry(EntryFields* entry);
  bool ReadHead(EntryFields* entry);
  bool ReadTime(Instant* time);
  bool ReadId(EntryFields* entry);
  bool CheckOrder(const EntryFields& entry);
  bool ReadByte(const char* field, uint8_t* byte);
  bool ReadVarint(const char* field, uint64_t* value);
  bool ReadLongVarint(const char* field, uint64_t* value);
  bool ReadSigned(const char* field, int64_t* value);
  bool ReadCount(const char* field, size_t min_bytes_each, uint64_t* count);
  bool ReadBytes(const char* field, uint64_t size, std::string_view* text);
  bool ReadText(const char* field, std::string_view* text);
  bool ReadText(const char* field, std::string* text);
  bool ReadHeld(const char* field, std::string_view* text);
  bool CheckLength(const char* field, std::string_view text);
  bool ReadProperties(EntryFields* entry);
  bool ReadValue(Value* value);
  bool ReadList(ScalarList* list);
  template <typename Variant>
  bool ReadScalar(uint8_t tag, Variant* value);
  bool ReadNumber(double* number);
  bool ReadWholeNumber(double* number);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::vector<EntryFields> entries_;
  std::vector<std::string_view> texts_;  // those that can be referred to, in the order of their first occurrence
  std::vector<uint32_t> ids_;            // a hash table: numbers of entries, from 1, by their ids; 0 is free
  size_t entry_number_ = 0;              // from 1; 0 outside entries
  std::string error_;
};

// For a single one.
inline Result<std::vector<EntryFields>> DecodeJournal(std::string_view bytes) {
  JournalDecoder decoder;
  Result<std::span<const EntryFields>> entries = decoder.Decode(bytes);
  if (!entries.ok()) return entries.status();
  return std::vector<EntryFields>(entries->begin(), entries->end());
}

}  // namespace leadpulse::state
