#include "state/lead/encoded_journal.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/seeded_hash.h"

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

template <typename Word = uint64_t>
Word WordAt(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Whether two strings are equal, of which one is not empty. An entry compares several, and gcc calls a function for ==.
// Most ids of equal length differ in their last bytes.
[[gnu::always_inline]] inline bool AreEqual(std::string_view a, std::string_view b) {
  constexpr size_t kWord = sizeof(uint64_t);
  const size_t size = a.size();
  if (size != b.size()) return false;
  if (size < kWord) return a.back() == b.back() && std::memcmp(a.data(), b.data(), size) == 0;
  if (WordAt(a.data() + size - kWord) != WordAt(b.data() + size - kWord)) return false;
  return size <= 2 * kWord ? WordAt(a.data()) == WordAt(b.data()) : std::memcmp(a.data(), b.data(), size - kWord) == 0;
}

// Returns a hash of a string of two bytes or more. Most are short: XXH3 would cost more than all else that is done with
// them.
[[gnu::always_inline]] inline uint32_t HashOf(std::string_view text) {
  const uint64_t seed = ProcessSeed();
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  constexpr size_t kWord = sizeof(uint64_t), kHalf = sizeof(uint32_t), kQuarter = sizeof(uint16_t);
  if (text.size() > 2 * kWord) return static_cast<uint32_t>(SeededHash(text, seed));
  uint64_t first, last;  // together, all bytes
  if (text.size() >= kWord) {
    first = WordAt(begin), last = WordAt(end - kWord);
  } else if (text.size() >= kHalf) {
    first = WordAt<uint32_t>(begin), last = WordAt<uint32_t>(end - kHalf);
  } else {
    first = WordAt<uint16_t>(begin), last = WordAt<uint16_t>(end - kQuarter);
  }
  // As XXH3 mixes two words.
  constexpr uint64_t kBits = 0x1cad21f72c81017c;
  const auto product = static_cast<unsigned __int128>(first ^ (kBits + seed)) * (last ^ (~kBits - seed));
  return static_cast<uint32_t>(product) ^ static_cast<uint32_t>(product >> 64);
}

// Writes a varint and returns where it ends, as WriteBytes does. They take and return the place, so that it stays in a
// register: a member would be stored with each byte.
char* WriteVarint(uint64_t value, char* at) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}

[[gnu::always_inline]] inline char* WriteBytes(std::string_view bytes, char* at) {
  const char* const from = bytes.data();
  const size_t size = bytes.size();
  constexpr size_t kPiece = 16;
  if (size >= kPiece && size <= 2 * kPiece) {  // most ids: a call would cost more than the copy
    std::memcpy(at, from, kPiece);
    std::memcpy(at + size - kPiece, from + size - kPiece, kPiece);
  } else if (size >= kPiece / 2 && size < kPiece) {
    std::memcpy(at, from, kPiece / 2);
    std::memcpy(at + size - kPiece / 2, from + size - kPiece / 2, kPiece / 2);
  } else {
    std::memcpy(at, from, size);
  }
  return at + size;
}

// Writes the first entry's time counted from 1970, and the others' counted from their predecessor. Unsigned, so that
// the distance of any two instants fits.
char* WriteTime(Instant occurred_at, std::optional<Instant> previous, char* at) {
  if (!previous) return WriteVarint(ZigZag(occurred_at.millis), at);
  LP_ASSERT(*previous <= occurred_at);
  return WriteVarint(static_cast<uint64_t>(occurred_at.millis) - static_cast<uint64_t>(previous->millis), at);
}

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
  ForgetTextsFrom(end);
}

void EncodedJournal::ForgetTextsFrom(uint32_t end) {
  if (end == kMaxVarintBytes) {  // all of them
    texts_.clear();
    places_.clear();
    placed_ = 0;
    seen_.Clear();
    return;
  }
  for (; !texts_.empty() && texts_.back().begin >= end; texts_.pop_back()) {
    if (texts_.size() != placed_) continue;
    places_[PlaceOf(BytesOf(texts_.back()), texts_.back().hash)] = 0;
    --placed_;
  }
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
  char* const begin = begin_.get() + kMaxVarintBytes - bytes;
  WriteVarint(size(), begin);
  return {begin, static_cast<size_t>(at_ - begin)};
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

void EncodedJournal::PutVarint(uint64_t value) { at_ = WriteVarint(value, at_); }

// Writes an odd number for a repeated string: it refers to the earlier one. Writes an even number, the length, for a
// new string, which follows.
[[gnu::always_inline]] inline char* EncodedJournal::WriteText(std::string_view text, LastText* last, char* at) {
  if (text.size() < kMinSharedBytes || text.size() > kMaxSharedBytes) {
    return WriteBytes(text, WriteVarint(static_cast<uint64_t>(text.size()) << 1, at));
  }
  if (AreEqual(text, last->text)) return WriteVarint(last->number << 1 | 1, at);
  const uint32_t hash = HashOf(text);
  if (seen_.Add(hash)) {
    if (const std::optional<uint64_t> number = NumberOf(text, hash)) {
      *last = {text, *number};
      return WriteVarint(*number << 1 | 1, at);
    }
  }
  *last = {text, texts_.size()};
  at = WriteVarint(static_cast<uint64_t>(text.size()) << 1, at);
  texts_.push_back({static_cast<uint32_t>(at - begin_.get()), hash, static_cast<uint16_t>(text.size())});
  return WriteBytes(text, at);
}

std::optional<uint64_t> EncodedJournal::NumberOf(std::string_view text, uint32_t hash) {
  if (2 * texts_.size() >= places_.size()) {
    places_.assign(std::max<size_t>(64, std::bit_ceil(4 * texts_.size())), 0);
    placed_ = 0;
  }
  for (; placed_ < texts_.size(); ++placed_) {
    const Text& next = texts_[placed_];
    places_[PlaceOf(BytesOf(next), next.hash)] = static_cast<uint32_t>(placed_ + 1);
  }
  const uint32_t held = places_[PlaceOf(text, hash)];
  return held == 0 ? std::nullopt : std::optional<uint64_t>(held - 1);
}

size_t EncodedJournal::PlaceOf(std::string_view text, uint32_t hash) const {
  const size_t mask = places_.size() - 1;
  size_t place = hash & mask;
  for (; places_[place] != 0; place = (place + 1) & mask) {
    const Text& held = texts_[places_[place] - 1];
    if (held.hash == hash && AreEqual(text, BytesOf(held))) break;
  }
  return place;
}

void EncodedJournal::PutEntry(const JournalEntry& entry, std::optional<Instant> previous) {
  LP_ASSERT(entry.type != EventType::kUnspecified);
  LP_ASSERT(!entry.received || entry.address != kOwnSlot);
  LP_ASSERT(!entry.of_other_address || entry.received);
  const uint8_t fields = FieldsOf(entry);
  char* at = at_;
  *at++ = static_cast<char>(static_cast<uint8_t>(entry.type) | (entry.machine ? kMachineBit : 0) |
                            static_cast<uint8_t>(entry.bounce_kind) << kBounceKindShift);
  *at++ = static_cast<char>(fields);
  if (fields & kHasAddress) *at++ = static_cast<char>(entry.address);
  if (fields & kIsOfOtherAddress) *at++ = static_cast<char>(entry.belongs_to());
  at = WriteTime(entry.occurred_at, previous, at);
  at = WriteBytes(entry.event_id(), WriteVarint(entry.event_id().size(), at));
  if (fields & kHasMessage) at = WriteText(entry.message_id(), &message_, at);
  if (fields & kHasCampaign) at = WriteText(entry.campaign_id(), &campaign_, at);
  if (fields & kHasName) at = WriteText(entry.name(), &name_, at);
  if (fields & kHasSubject) at = WriteText(entry.subject(), &other_, at);
  at_ = at;
  if (fields & kHasProperties) PutProperties(*entry.properties());
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
  at_ = WriteText(text, &other_, at_);
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
