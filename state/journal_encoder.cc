#define XXH_INLINE_ALL  // texts are short: a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "processor/base/assert.h"
#include "state/journal_codec.h"
#include "state/journal_form.h"

namespace leadpulse::state {
namespace {

constexpr double kMaxWholeNumber = 9007199254740992.0;  // 2^53: beyond it not every integer is a double

uint64_t ZigZag(int64_t value) { return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63); }

bool IsWholeNumber(double value) {
  return std::abs(value) <= kMaxWholeNumber && std::trunc(value) == value && !(value == 0 && std::signbit(value));
}

constexpr size_t kMaxVarintBytes = 10;
// Of an entry without its texts: head, fields, time, and five texts' lengths or numbers.
constexpr size_t kMaxEntryBytes = 2 + 6 * kMaxVarintBytes;

uint8_t FieldsOf(const JournalEntry& entry) {
  uint8_t fields = 0;
  if (!entry.message_id().empty()) fields |= kHasMessage;
  if (!entry.campaign_id().empty()) fields |= kHasCampaign;
  if (!entry.name().empty()) fields |= kHasName;
  if (!entry.retracts().empty()) fields |= kHasRetracts;
  if (entry.properties() != nullptr) fields |= kHasProperties;
  return fields;
}

}  // namespace

std::string_view JournalEncoder::Encode(std::span<const JournalEntry> entries) {
  numbers_.Clear();
  message_ = campaign_ = name_ = other_ = {};
  at_ = begin_.get();
  previous_.reset();
  MakeRoom(kMaxVarintBytes);
  PutVarint(entries.size());
  for (const JournalEntry& entry : entries) PutEntry(entry);
  return {begin_.get(), static_cast<size_t>(at_ - begin_.get())};
}

void JournalEncoder::MakeRoom(size_t bytes) {
  if (bytes <= static_cast<size_t>(end_ - at_)) return;
  const size_t used = at_ - begin_.get();
  const size_t capacity = std::max(used + bytes, 2 * static_cast<size_t>(end_ - begin_.get()));
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::copy(begin_.get(), at_, larger.get());
  begin_ = std::move(larger);
  at_ = begin_.get() + used;
  end_ = begin_.get() + capacity;
}

void JournalEncoder::PutVarint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) PutByte(static_cast<uint8_t>(value) | 0x80);
  PutByte(static_cast<uint8_t>(value));
}

void JournalEncoder::PutBytes(std::string_view bytes) {
  std::memcpy(at_, bytes.data(), bytes.size());
  at_ += bytes.size();
}

// Odd: the number of a text written before. Even: the length of a new one, which follows.
void JournalEncoder::PutText(std::string_view text, LastText* last) {
  if (!text.empty() && text == last->text) return PutVarint(last->number << 1 | 1);
  if (text.size() >= kMinSharedBytes && text.size() <= kMaxSharedBytes) {
    const TextNumbers::Found found = numbers_.FindOrAdd(text);
    *last = {text, found.number};
    if (!found.added) return PutVarint(found.number << 1 | 1);
  }
  PutVarint(static_cast<uint64_t>(text.size()) << 1);
  PutBytes(text);
}

void JournalEncoder::PutEntry(const JournalEntry& entry) {
  LP_ASSERT(entry.type != EventType::kUnspecified);
  MakeRoom(kMaxEntryBytes + entry.text_bytes());
  const uint8_t fields = FieldsOf(entry);
  PutByte(static_cast<uint8_t>(entry.type) | (entry.machine ? kMachineBit : 0) |
          static_cast<uint8_t>(static_cast<uint8_t>(entry.bounce_kind) << kBounceKindShift));
  PutByte(fields);
  PutTime(entry.occurred_at);
  PutVarint(entry.event_id().size());
  PutBytes(entry.event_id());
  if (fields & kHasMessage) PutText(entry.message_id(), &message_);
  if (fields & kHasCampaign) PutText(entry.campaign_id(), &campaign_);
  if (fields & kHasName) PutText(entry.name(), &name_);
  if (fields & kHasRetracts) PutText(entry.retracts(), &other_);
  if (fields & kHasProperties) PutProperties(*entry.properties());
}

// The first from the epoch, the others from their predecessor. Unsigned, so that the distance of any two fits.
void JournalEncoder::PutTime(Instant occurred_at) {
  if (!previous_) {
    PutVarint(ZigZag(occurred_at.millis));
  } else {
    LP_ASSERT(*previous_ <= occurred_at);
    PutVarint(static_cast<uint64_t>(occurred_at.millis) - static_cast<uint64_t>(previous_->millis));
  }
  previous_ = occurred_at;
}

void JournalEncoder::PutProperties(const EntryProperties& properties) {
  MakeRoom(kMaxVarintBytes);
  PutVarint(properties.size());
  for (const auto& [name, value] : properties) {
    PutTextWithRoom(name);
    PutValue(value);
  }
}

void JournalEncoder::PutTextWithRoom(std::string_view text) {
  MakeRoom(kMaxVarintBytes + text.size());
  PutText(text, &other_);
}

template <typename Variant>
void JournalEncoder::PutValue(const Variant& value) {
  MakeRoom(1 + kMaxVarintBytes);
  std::visit([this](const auto& v) { PutAlternative(v); }, value);
}

void JournalEncoder::PutTag(ValueTag tag) { PutByte(static_cast<uint8_t>(tag)); }

void JournalEncoder::PutAlternative(std::monostate) { PutTag(ValueTag::kUnset); }

void JournalEncoder::PutAlternative(bool value) { PutTag(value ? ValueTag::kTrue : ValueTag::kFalse); }

void JournalEncoder::PutAlternative(double value) {
  if (IsWholeNumber(value)) {
    PutTag(ValueTag::kWholeNumber);
    return PutVarint(ZigZag(static_cast<int64_t>(value)));
  }
  PutTag(ValueTag::kNumber);
  auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) PutByte(static_cast<uint8_t>(bits >> shift));
}

void JournalEncoder::PutAlternative(Instant value) {
  PutTag(ValueTag::kInstant);
  PutVarint(ZigZag(value.millis));
}

void JournalEncoder::PutAlternative(const std::string& value) {
  PutTag(ValueTag::kText);
  PutTextWithRoom(value);
}

void JournalEncoder::PutAlternative(const ScalarList& value) {
  PutTag(ValueTag::kList);
  PutVarint(value.size());
  for (const Scalar& element : value) PutValue(element);
}

void JournalEncoder::PutAlternative(const StructValue& value) {
  PutTag(ValueTag::kStruct);
  PutTextWithRoom(value.json);
}

void TextNumbers::Clear() {
  count_ = 0;
  ++generation_;
}

TextNumbers::Found TextNumbers::FindOrAdd(std::string_view text) {
  if (2 * count_ >= slots_.size()) Grow();
  Slot& slot = SlotOf(text);
  if (slot.generation == generation_) return {slot.number, false};
  slot = {text, generation_, count_++};
  return {slot.number, true};
}

TextNumbers::Slot& TextNumbers::SlotOf(std::string_view text) {
  const size_t mask = slots_.size() - 1;
  size_t at = XXH3_64bits(text.data(), text.size()) & mask;
  while (slots_[at].generation == generation_ && slots_[at].text != text) at = (at + 1) & mask;
  return slots_[at];
}

void TextNumbers::Grow() {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(std::max<size_t>(64, 2 * slots_.size())));
  for (const Slot& slot : before) {
    if (slot.generation == generation_) SlotOf(slot.text) = slot;
  }
}

}  // namespace leadpulse::state
