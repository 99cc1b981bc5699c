// The compact form of journal entries: strings that repeat within the lead are written once, times are deltas, numbers
// are varints. state/README.md describes it byte by byte. It has no version of its own: a change to it needs a new
// kRowVersion (row_form.h). The functions are thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "state/lead/encoded_journal.h"
#include "state/lead/journal.h"

namespace leadpulse::state {

inline std::string EncodeJournal(std::span<const JournalEntry> entries) {
  return std::string(EncodedJournal().Extend(entries));
}

// A reader of journals, one after the other. Not thread-safe.
class JournalDecoder {
 public:
  JournalDecoder() = default;
  JournalDecoder(const JournalDecoder&) = delete;
  JournalDecoder& operator=(const JournalDecoder&) = delete;

  // Returns the entries in order, each event id once for each origin, or a fatal error that names the entry and the
  // field. Their strings are views into `bytes`; the entries are valid until the next call. A wrong count does not
  // cause a large allocation.
  Result<std::span<const EntryFields>> Decode(std::string_view bytes);

 private:
  // Sets error_ and returns false. `what` may have two `%lu`. The Read and Check functions below return false after an
  // error.
  [[gnu::cold, gnu::noinline]] bool Fail(const char* field, const char* what, uint64_t number = 0, uint64_t other = 0);
  size_t Left() const { return static_cast<size_t>(end_ - at_); }
  bool ReadEntries();
  bool ReadEntry(EntryFields* entry);
  bool ReadHead(EntryFields* entry);
  bool ReadAddress(uint8_t fields, EntryFields* entry);
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
  bool ReadDay(CalendarDay* value);
  bool ReadNumber(Number* number);
  bool ReadWholeNumber(Number* number);
  bool ReadDecimal(Number* number);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::vector<EntryFields> entries_;
  std::vector<std::string_view> texts_;  // strings that can be referred to, in the order of their first occurrence
  std::vector<uint32_t> ids_;            // a hash table: numbers of entries, from 1, by their ids; 0 is free
  size_t entry_number_ = 0;              // from 1; 0 outside entries
  std::string error_;
};

// Decodes one journal.
inline Result<std::vector<EntryFields>> DecodeJournal(std::string_view bytes) {
  JournalDecoder decoder;
  LP_ASSIGN_OR_RETURN(std::span<const EntryFields> entries, decoder.Decode(bytes));
  return std::vector<EntryFields>(entries.begin(), entries.end());
}

}  // namespace leadpulse::state
