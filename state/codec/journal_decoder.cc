#define XXH_INLINE_ALL  // ids are short: a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <limits>

#include "processor/base/varint.h"
#include "state/codec/journal_codec.h"

namespace leadpulse::state {
namespace {

// The fewest bytes of an entry: two of head, one of time, one of the event id's length.
constexpr size_t kMinEntryBytes = 4;
// The fewest bytes of a property: its name's number or length, its tag.
constexpr size_t kMinPropertyBytes = 2;

int64_t UnZigZag(uint64_t value) { return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1); }

}  // namespace

Result<std::span<const EntryFields>> JournalDecoder::Decode(std::string_view bytes) {
  at_ = bytes.data();
  end_ = at_ + bytes.size();
  entries_.clear();
  texts_.clear();
  entry_number_ = 0;
  error_.clear();
  if (ReadEntries() && at_ != end_) Fail("end", "%lu bytes follow the last entry", Left());
  if (!error_.empty()) return Status::Fatal(std::move(error_));
  return std::span<const EntryFields>(entries_);
}

// Sets error_. Not inlined, because building strings would cost the reading code registers.
bool JournalDecoder::Fail(const char* field, const char* what, uint64_t number, uint64_t other) {
  std::array<char, 160> text;
  std::snprintf(text.data(), text.size(), what, static_cast<unsigned long>(number), static_cast<unsigned long>(other));
  error_ = "journal";
  if (entry_number_ > 0) error_ += " entry " + std::to_string(entry_number_);
  error_ += std::string(", ") + field + ": " + text.data();
  return false;
}

inline bool JournalDecoder::ReadByte(const char* field, uint8_t* byte) {
  if (at_ == end_) return Fail(field, "the bytes end here");
  *byte = static_cast<uint8_t>(*at_++);
  return true;
}

// Reads a varint. Most are a single byte.
inline bool JournalDecoder::ReadVarint(const char* field, uint64_t* value) {
  if (at_ == end_ || static_cast<uint8_t>(*at_) >= 0x80) return ReadLongVarint(field, value);
  *value = static_cast<uint8_t>(*at_++);
  return true;
}

bool JournalDecoder::ReadLongVarint(const char* field, uint64_t* value) {
  const VarintOutcome outcome = leadpulse::ReadVarint(&at_, end_, value);
  if (outcome == VarintOutcome::kRead) return true;
  return Fail(field, outcome == VarintOutcome::kCut ? "the bytes end here" : "a number of more than 64 bits");
}

bool JournalDecoder::ReadSigned(const char* field, int64_t* value) {
  uint64_t zigzag = 0;
  if (!ReadVarint(field, &zigzag)) return false;
  *value = UnZigZag(zigzag);
  return true;
}

bool JournalDecoder::ReadCount(const char* field, size_t min_bytes_each, uint64_t* count) {
  if (!ReadVarint(field, count)) return false;
  if (*count <= Left() / min_bytes_each) return true;
  return Fail(field, "%lu do not fit into the %lu bytes that are left", *count, Left());
}

inline bool JournalDecoder::ReadBytes(const char* field, uint64_t size, std::string_view* text) {
  if (size > Left()) return Fail(field, "a text of %lu bytes, but %lu are left", size, Left());
  *text = {at_, size};
  at_ += size;
  return true;
}

inline bool JournalDecoder::ReadText(const char* field, std::string_view* text) {
  uint64_t head = 0;
  if (!ReadVarint(field, &head)) return false;
  if (head & 1) {
    if ((head >> 1) >= texts_.size()) {
      return Fail(field, "refers to text %lu of %lu", head >> 1, texts_.size());
    }
    *text = texts_[head >> 1];
    return true;
  }
  if (!ReadBytes(field, head >> 1, text)) return false;
  if (text->size() >= kMinSharedBytes && text->size() <= kMaxSharedBytes) texts_.push_back(*text);
  return true;
}

bool JournalDecoder::ReadText(const char* field, std::string* text) {
  std::string_view view;
  if (!ReadText(field, &view)) return false;
  *text = view;
  return true;
}

inline bool JournalDecoder::ReadHeld(const char* field, std::string_view* text) {
  return ReadText(field, text) && CheckLength(field, *text);
}

// Checks the length of a string that an entry holds.
inline bool JournalDecoder::CheckLength(const char* field, std::string_view text) {
  if (text.size() <= kMaxEntryTextBytes) return true;
  return Fail(field, "a text of %lu bytes, where at most %lu are held", text.size(), kMaxEntryTextBytes);
}

bool JournalDecoder::ReadEntries() {
  uint64_t count = 0;
  if (!ReadCount("number of entries", kMinEntryBytes, &count)) return false;
  entries_.reserve(count);
  ids_.assign(std::bit_ceil(2 * count + 1), 0);
  for (entry_number_ = 1; entry_number_ <= count; ++entry_number_) {
    if (!ReadEntry(&entries_.emplace_back())) return false;
  }
  entry_number_ = 0;
  return true;
}

bool JournalDecoder::ReadEntry(EntryFields* entry) {
  uint8_t fields = 0;
  return ReadHead(entry) && ReadByte("fields", &fields) &&
         ((fields & (kIsReceived | kIsOfOtherAddress)) != kIsOfOtherAddress || Fail("fields", "unknown bits")) &&
         ReadAddress(fields, entry) && ReadTime(&entry->occurred_at) && ReadId(entry) &&
         (!(fields & kHasMessage) || ReadHeld("message id", &entry->message_id)) &&
         (!(fields & kHasCampaign) || ReadHeld("campaign id", &entry->campaign_id)) &&
         (!(fields & kHasName) || ReadHeld("name", &entry->name)) &&
         (!(fields & kHasSubject) || ReadHeld("subject", &entry->subject)) &&
         (!(fields & kHasProperties) || ReadProperties(entry));
}

inline bool JournalDecoder::ReadHead(EntryFields* entry) {
  uint8_t head = 0;
  if (!ReadByte("type", &head)) return false;
  const int type = head & kTypeMask;
  const int bounce_kind = (head & ~kReservedHeadBit) >> kBounceKindShift;
  if (type == 0 || type >= kEventTypeCount) return Fail("type", "unknown number %lu", static_cast<uint64_t>(type));
  if (bounce_kind > 2) return Fail("bounce kind", "unknown number %lu", static_cast<uint64_t>(bounce_kind));
  if (head & kReservedHeadBit) return Fail("type", "unknown bits");
  entry->type = static_cast<EventType>(type);
  entry->bounce_kind = static_cast<BounceKind>(bounce_kind);
  entry->machine = (head & kMachineBit) != 0;
  return true;
}

inline bool JournalDecoder::ReadAddress(uint8_t fields, EntryFields* entry) {
  if ((fields & (kHasAddress | kIsReceived)) == 0) return true;
  if (!(fields & kHasAddress)) return Fail("address", "a received entry names none");
  if (!ReadByte("address", &entry->address)) return false;
  if (entry->address == kOwnSlot) return Fail("address", "number 0, which is never written");
  entry->received = (fields & kIsReceived) != 0;
  entry->of_other_address = (fields & kIsOfOtherAddress) != 0;
  if (entry->of_other_address && !ReadByte("other address", &entry->other_address)) return false;
  return true;
}

inline bool JournalDecoder::ReadTime(Instant* time) {
  if (entry_number_ == 1) return ReadSigned("time", &time->millis);
  uint64_t delta = 0;
  if (!ReadVarint("time", &delta)) return false;
  const auto previous = static_cast<uint64_t>((&entries_.back() - 1)->occurred_at.millis);
  const auto greatest = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (delta > greatest - previous) return Fail("time", "beyond the end of time");
  time->millis = static_cast<int64_t>(previous + delta);
  return true;
}

// Reads the event id and rejects a repeated one: the order does not detect two entries with the same id at different
// times.
bool JournalDecoder::ReadId(EntryFields* entry) {
  uint64_t size = 0;
  if (!ReadVarint("event id", &size) || !ReadBytes("event id", size, &entry->event_id)) return false;
  if (!CheckLength("event id", entry->event_id) || !CheckOrder(*entry)) return false;
  const uint64_t hash = XXH3_64bits(entry->event_id.data(), entry->event_id.size());
  entry->id_hash = static_cast<uint16_t>(hash);
  const size_t mask = ids_.size() - 1;
  size_t place = hash & mask;
  for (; ids_[place] != 0; place = (place + 1) & mask) {
    const EntryFields& earlier = entries_[ids_[place] - 1];
    if (earlier.event_id == entry->event_id && earlier.origin() == entry->origin()) {
      return Fail("event id", "also the id of an earlier entry");
    }
  }
  ids_[place] = static_cast<uint32_t>(entry_number_);
  return true;
}

inline bool JournalDecoder::CheckOrder(const EntryFields& entry) {
  if (entry_number_ == 1) return true;
  const EntryFields& previous = *(&entry - 1);
  if (previous.occurred_at < entry.occurred_at || previous.event_id < entry.event_id) return true;
  // Received entries of equal time and id come in the order of their addresses, which this decoder does not know.
  if (previous.event_id == entry.event_id && entry.received) return true;
  return Fail("event id", "not in the order of time and id");
}

bool JournalDecoder::ReadProperties(EntryFields* entry) {
  uint64_t count = 0;
  if (!ReadCount("number of properties", kMinPropertyBytes, &count)) return false;
  auto properties = std::make_shared<EntryProperties>(count);
  entry->properties = properties;
  return std::ranges::all_of(*properties, [this](auto& property) {
    return ReadText("property name", &property.first) && ReadValue(&property.second);
  });
}

bool JournalDecoder::ReadValue(Value* value) {
  uint8_t tag = 0;
  if (!ReadByte("property", &tag)) return false;
  switch (static_cast<ValueTag>(tag)) {
    case ValueTag::kList:
      return ReadList(&value->emplace<ScalarList>());
    case ValueTag::kStruct:
      return ReadText("property", &value->emplace<StructValue>().json);
    default:
      return ReadScalar(tag, value);
  }
}

bool JournalDecoder::ReadList(ScalarList* list) {
  uint64_t count = 0;
  if (!ReadCount("list length", 1, &count)) return false;
  list->resize(count);
  return std::ranges::all_of(*list, [this](Scalar& element) {
    uint8_t tag = 0;
    return ReadByte("list element", &tag) && ReadScalar(tag, &element);
  });
}

template <typename Variant>
bool JournalDecoder::ReadScalar(uint8_t tag, Variant* value) {
  switch (static_cast<ValueTag>(tag)) {
    case ValueTag::kUnset:
      return true;
    case ValueTag::kFalse:
      *value = false;
      return true;
    case ValueTag::kTrue:
      *value = true;
      return true;
    case ValueTag::kNumber:
      return ReadNumber(&value->template emplace<Number>());
    case ValueTag::kWholeNumber:
      return ReadWholeNumber(&value->template emplace<Number>());
    case ValueTag::kDecimal:
      return ReadDecimal(&value->template emplace<Number>());
    case ValueTag::kInstant:
      return ReadSigned("property", &value->template emplace<Instant>().millis);
    case ValueTag::kDay:
      return ReadDay(&value->template emplace<CalendarDay>());
    case ValueTag::kText:
      return ReadText("property", &value->template emplace<std::string>());
    default:
      return Fail("property", "unknown or misplaced kind of value %lu", tag);
  }
}

bool JournalDecoder::ReadDay(CalendarDay* value) {
  int64_t day = 0;
  if (!ReadSigned("property", &day)) return false;
  if (day < kFirstDay.since_epoch || day > kLastDay.since_epoch) return Fail("property", "a day that has no date");
  value->day.since_epoch = static_cast<int32_t>(day);
  return ReadSigned("property", &value->start.millis);
}

bool JournalDecoder::ReadNumber(Number* number) {
  uint64_t bits = 0;
  for (int shift = 0; shift < 64; shift += 8) {
    uint8_t byte = 0;
    if (!ReadByte("property", &byte)) return false;
    bits |= static_cast<uint64_t>(byte) << shift;
  }
  *number = std::bit_cast<double>(bits);
  return true;
}

bool JournalDecoder::ReadWholeNumber(Number* number) {
  int64_t whole = 0;
  if (!ReadSigned("property", &whole)) return false;
  *number = static_cast<double>(whole);
  return true;
}

bool JournalDecoder::ReadDecimal(Number* number) {
  std::string_view spelling;
  if (!ReadText("property", &spelling)) return false;
  const std::optional<Number> decimal = Number::ParseJson(spelling);
  if (!decimal) return Fail("property", "a text of %lu bytes that is no number", spelling.size());
  *number = *decimal;
  return true;
}

}  // namespace leadpulse::state
