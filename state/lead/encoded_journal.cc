#include "state/lead/encoded_journal.h"

#define XXH_INLINE_ALL  // strings are short: a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::state {
namespace {

constexpr double kMaxWholeNumber = 9007199254740992.0;  // 2^53: beyond it not every integer is a double

uint64_t ZigZag(int64_t value) { return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63); }

bool IsWholeNumber(double value) {
  return std::abs(value) <= kMaxWholeNumber && std::trunc(value) == value && !(value == 0 && std::signbit(value));
}

constexpr size_t kMinJournalBytes = 256;
constexpr size_t kMaxVarintBytes = 10;
// The most bytes of an entry without its strings: head, fields, address, time, and five strings' lengths or numbers.
constexpr size_t kMaxEntryBytes = 3 + 6 * kMaxVarintBytes;

// Whether two strings are equal, of which one is not empty. An entry compares several, and gcc calls a function for ==.
// Most ids of equal length differ in their last bytes.
bool AreEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && a.back() == b.back() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

uint16_t MarkOf(uint64_t hash) { return static_cast<uint16_t>(hash >> 48); }

uint8_t FieldsOf(const JournalEntry& entry) {
  uint8_t fields = 0;
  if (!entry.message_id().empty()) fields |= kHasMessage;
  if (!entry.campaign_id().empty()) fields |= kHasCampaign;
  if (!entry.name().empty()) fields |= kHasName;
  if (!entry.subject().empty()) fields |= kHasSubject;
  if (entry.properties() != nullptr) fields |= kHasProperties;
  if (entry.address != kOwnSlot) fields |= kHasAddress;
  if (entry.received) fields |= kIsReceived;
  if (entry.of_other_address) fields |= kIsOfOtherAddress;
  return fields;
}

}  // namespace

void EncodedJournal::Truncate(size_t count) {
  if (count >= size()) return;
  const uint32_t end = begins_[count];
  begins_.resize(count);
  hash_.Truncate(end - kMaxVarintBytes);
  at_ = begin_.get() + end;
  for (; !texts_.empty() && texts_.back().begin >= end; texts_.pop_back()) places_[texts_.back().place] = 0;
}

std::string_view EncodedJournal::Extend(std::span<const JournalEntry> entries) {
  LP_ASSERT(entries.size() >= size());
  message_ = campaign_ = name_ = other_ = {};
  std::optional<Instant> previous;
  if (size() > 0) previous = entries[size() - 1].occurred_at;
  MakeRoom(1);
  for (const JournalEntry& entry : entries.subspan(size())) {
    MakeRoom(kMaxEntryBytes + entry.text_bytes());
    begins_.push_back(static_cast<uint32_t>(Used()));
    PutEntry(entry, previous);
    previous = entry.occurred_at;
  }
  return WithCount();
}

std::string_view EncodedJournal::EntriesFrom(size_t index) const {
  if (index == size()) return {};
  const char* const begin = begin_.get() + begins_[index];
  return {begin, static_cast<size_t>(at_ - begin)};
}

// Writes the count so that it ends where the first entry begins, and returns the bytes of all.
std::string_view EncodedJournal::WithCount() {
  size_t bytes = 1;
  for (uint64_t rest = size() >> 7; rest > 0; rest >>= 7) ++bytes;
  char* const end = at_;
  char* const begin = begin_.get() + kMaxVarintBytes - bytes;
  at_ = begin;
  PutVarint(size());
  at_ = end;
  return {begin, static_cast<size_t>(end - begin)};
}

size_t EncodedJournal::MemoryBytes() const {
  return static_cast<size_t>(end_ - begin_.get()) + begins_.capacity() * sizeof(uint32_t) +
         texts_.capacity() * sizeof(Text) + places_.capacity() * sizeof(uint32_t) + hash_.MemoryBytes();
}

void EncodedJournal::Grow(size_t bytes) {
  const size_t used = std::max(Used(), kMaxVarintBytes);  // the count precedes the first entry
  const size_t capacity = std::max(kMinJournalBytes, used + std::max(bytes, used / 4));
  LP_ASSERT(capacity <= std::numeric_limits<uint32_t>::max());
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::copy(begin_.get(), at_, larger.get());
  begin_ = std::move(larger);
  at_ = begin_.get() + used;
  end_ = begin_.get() + capacity;
}

void EncodedJournal::PutVarint(uint64_t value) {
  char* at = at_;
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  at_ = at;
}

void EncodedJournal::PutBytes(std::string_view bytes) {
  std::memcpy(at_, bytes.data(), bytes.size());
  at_ += bytes.size();
}

// Writes an odd number for a repeated string: it refers to the earlier one. Writes an even number, the length, for a
// new string, which follows.
void EncodedJournal::PutText(std::string_view text, LastText* last) {
  if (!text.empty() && AreEqual(text, last->text)) return PutVarint(last->number << 1 | 1);
  if (text.size() < kMinSharedBytes || text.size() > kMaxSharedBytes) {
    PutVarint(static_cast<uint64_t>(text.size()) << 1);
    return PutBytes(text);
  }
  const size_t number = texts_.size();
  if (2 * number >= places_.size()) GrowPlaces();
  const uint64_t hash = XXH3_64bits(text.data(), text.size());
  const size_t place = PlaceOf(text, hash);
  if (places_[place] != 0) {
    *last = {text, places_[place] - 1};
    return PutVarint(last->number << 1 | 1);
  }
  *last = {text, number};
  PutVarint(static_cast<uint64_t>(text.size()) << 1);
  texts_.push_back(
      {static_cast<uint32_t>(Used()), static_cast<uint16_t>(text.size()), MarkOf(hash), static_cast<uint32_t>(place)});
  places_[place] = static_cast<uint32_t>(number + 1);
  PutBytes(text);
}

size_t EncodedJournal::PlaceOf(std::string_view text, uint64_t hash) const {
  const size_t mask = places_.size() - 1;
  size_t place = hash & mask;
  for (; places_[place] != 0; place = (place + 1) & mask) {
    const Text& held = texts_[places_[place] - 1];
    if (held.mark == MarkOf(hash) && AreEqual(text, {begin_.get() + held.begin, held.size})) break;
  }
  return place;
}

// Grows the hash table and inserts the strings in the order of their numbers.
void EncodedJournal::GrowPlaces() {
  places_.assign(std::max<size_t>(64, 2 * places_.size()), 0);
  for (size_t number = 0; number < texts_.size(); ++number) {
    Text& text = texts_[number];
    const std::string_view bytes(begin_.get() + text.begin, text.size);
    text.place = static_cast<uint32_t>(PlaceOf(bytes, XXH3_64bits(bytes.data(), bytes.size())));
    places_[text.place] = static_cast<uint32_t>(number + 1);
  }
}

void EncodedJournal::PutEntry(const JournalEntry& entry, std::optional<Instant> previous) {
  LP_ASSERT(entry.type != EventType::kUnspecified);
  LP_ASSERT(!entry.received || entry.address != kOwnSlot);
  LP_ASSERT(!entry.of_other_address || entry.received);
  const uint8_t fields = FieldsOf(entry);
  PutByte(static_cast<uint8_t>(entry.type) | (entry.machine ? kMachineBit : 0) |
          static_cast<uint8_t>(static_cast<uint8_t>(entry.bounce_kind) << kBounceKindShift));
  PutByte(fields);
  if (fields & kHasAddress) PutByte(entry.address);
  if (fields & kIsOfOtherAddress) PutByte(entry.belongs_to());
  PutTime(entry.occurred_at, previous);
  PutVarint(entry.event_id().size());
  PutBytes(entry.event_id());
  if (fields & kHasMessage) PutText(entry.message_id(), &message_);
  if (fields & kHasCampaign) PutText(entry.campaign_id(), &campaign_);
  if (fields & kHasName) PutText(entry.name(), &name_);
  if (fields & kHasSubject) PutText(entry.subject(), &other_);
  if (fields & kHasProperties) PutProperties(*entry.properties());
}

// Writes the first entry's time counted from 1970, and the others' counted from their predecessor. Unsigned, so that
// the distance of any two instants fits.
void EncodedJournal::PutTime(Instant occurred_at, std::optional<Instant> previous) {
  if (!previous) return PutVarint(ZigZag(occurred_at.millis));
  LP_ASSERT(*previous <= occurred_at);
  PutVarint(static_cast<uint64_t>(occurred_at.millis) - static_cast<uint64_t>(previous->millis));
}

void EncodedJournal::PutProperties(const EntryProperties& properties) {
  MakeRoom(kMaxVarintBytes);
  PutVarint(properties.size());
  for (const auto& [name, value] : properties) {
    PutTextWithRoom(name);
    PutValue(value);
  }
}

void EncodedJournal::PutTextWithRoom(std::string_view text) {
  MakeRoom(kMaxVarintBytes + text.size());
  PutText(text, &other_);
}

template <typename Variant>
void EncodedJournal::PutValue(const Variant& value) {
  MakeRoom(1 + 2 * kMaxVarintBytes);
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          PutTag(ValueTag::kUnset);
        } else if constexpr (std::is_same_v<T, bool>) {
          PutTag(v ? ValueTag::kTrue : ValueTag::kFalse);
        } else if constexpr (std::is_same_v<T, Number>) {
          PutNumber(v);
        } else if constexpr (std::is_same_v<T, Instant>) {
          PutTag(ValueTag::kInstant);
          PutVarint(ZigZag(v.millis));
        } else if constexpr (std::is_same_v<T, CalendarDay>) {
          PutTag(ValueTag::kDay);
          PutVarint(ZigZag(v.day.since_epoch));
          PutVarint(ZigZag(v.start.millis));
        } else if constexpr (std::is_same_v<T, std::string>) {
          PutTag(ValueTag::kText);
          PutTextWithRoom(v);
        } else if constexpr (std::is_same_v<T, StructValue>) {
          PutTag(ValueTag::kStruct);
          PutTextWithRoom(v.json);
        } else {
          PutTag(ValueTag::kList);
          PutVarint(v.size());
          for (const Scalar& element : v) PutValue(element);
        }
      },
      value);
}

void EncodedJournal::PutNumber(const Number& number) {
  if (const std::string* spelling = number.own_spelling()) {
    PutTag(ValueTag::kDecimal);
    return PutTextWithRoom(*spelling);
  }
  const double value = number.nearest();
  if (IsWholeNumber(value)) {
    PutTag(ValueTag::kWholeNumber);
    return PutVarint(ZigZag(static_cast<int64_t>(value)));
  }
  PutTag(ValueTag::kNumber);
  auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) PutByte(static_cast<uint8_t>(bits >> shift));
}

}  // namespace leadpulse::state
