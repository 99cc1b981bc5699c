#define XXH_INLINE_ALL  // texts are short: a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
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

class JournalEncoder {
 public:
  JournalEncoder(TextNumbers* numbers, std::string* bytes) : numbers_(*numbers), bytes_(*bytes) {}

  void Append(std::span<const JournalEntry> entries) {
    numbers_.Clear();
    bytes_.reserve(bytes_.size() + entries.size() * 64);
    AppendVarint(entries.size());
    for (const JournalEntry& entry : entries) AppendEntry(entry);
  }

 private:
  void AppendByte(uint8_t byte) { bytes_.push_back(static_cast<char>(byte)); }

  void AppendVarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) AppendByte(static_cast<uint8_t>(value) | 0x80);
    AppendByte(static_cast<uint8_t>(value));
  }

  void AppendUnshared(std::string_view text) {
    AppendVarint(text.size());
    bytes_ += text;
  }

  // Odd: the number of a text written before. Even: the length of a new one, which follows.
  void AppendText(std::string_view text) {
    if (text.size() >= kMinSharedBytes && text.size() <= kMaxSharedBytes) {
      const std::optional<uint64_t> number = numbers_.FindOrAdd(text);
      if (number) return AppendVarint(*number << 1 | 1);
    }
    AppendVarint(static_cast<uint64_t>(text.size()) << 1);
    bytes_ += text;
  }

  void AppendEntry(const JournalEntry& entry) {
    LP_ASSERT(entry.type != EventType::kUnspecified);
    AppendByte(static_cast<uint8_t>(entry.type) | (entry.machine ? kMachineBit : 0) |
               static_cast<uint8_t>(static_cast<uint8_t>(entry.bounce_kind) << kBounceKindShift));
    AppendByte(FieldsOf(entry));
    AppendTime(entry.occurred_at);
    AppendUnshared(entry.event_id);
    if (!entry.message_id.empty()) AppendText(entry.message_id);
    if (!entry.campaign_id.empty()) AppendText(entry.campaign_id);
    if (!entry.name.empty()) AppendText(entry.name);
    if (!entry.retracts.empty()) AppendText(entry.retracts);
    if (entry.properties != nullptr) AppendProperties(*entry.properties);
  }

  static uint8_t FieldsOf(const JournalEntry& entry) {
    uint8_t fields = 0;
    if (!entry.message_id.empty()) fields |= kHasMessage;
    if (!entry.campaign_id.empty()) fields |= kHasCampaign;
    if (!entry.name.empty()) fields |= kHasName;
    if (!entry.retracts.empty()) fields |= kHasRetracts;
    if (entry.properties != nullptr) fields |= kHasProperties;
    return fields;
  }

  // The first from the epoch, the others from their predecessor. Unsigned, so that the distance of any two fits.
  void AppendTime(Instant occurred_at) {
    if (!previous_) {
      AppendVarint(ZigZag(occurred_at.millis));
    } else {
      LP_ASSERT(*previous_ <= occurred_at);
      AppendVarint(static_cast<uint64_t>(occurred_at.millis) - static_cast<uint64_t>(previous_->millis));
    }
    previous_ = occurred_at;
  }

  void AppendProperties(const EntryProperties& properties) {
    AppendVarint(properties.size());
    for (const auto& [name, value] : properties) {
      AppendText(name);
      AppendValue(value);
    }
  }

  template <typename Variant>
  void AppendValue(const Variant& value) {
    std::visit([this](const auto& v) { AppendAlternative(v); }, value);
  }

  void AppendTag(ValueTag tag) { AppendByte(static_cast<uint8_t>(tag)); }
  void AppendAlternative(std::monostate) { AppendTag(ValueTag::kUnset); }
  void AppendAlternative(bool value) { AppendTag(value ? ValueTag::kTrue : ValueTag::kFalse); }
  void AppendAlternative(double value) {
    if (IsWholeNumber(value)) {
      AppendTag(ValueTag::kWholeNumber);
      return AppendVarint(ZigZag(static_cast<int64_t>(value)));
    }
    AppendTag(ValueTag::kNumber);
    auto bits = std::bit_cast<uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) AppendByte(static_cast<uint8_t>(bits >> shift));
  }
  void AppendAlternative(Instant value) {
    AppendTag(ValueTag::kInstant);
    AppendVarint(ZigZag(value.millis));
  }
  void AppendAlternative(const std::string& value) {
    AppendTag(ValueTag::kText);
    AppendText(value);
  }
  void AppendAlternative(const ScalarList& value) {
    AppendTag(ValueTag::kList);
    AppendVarint(value.size());
    for (const Scalar& element : value) AppendValue(element);
  }
  void AppendAlternative(const StructValue& value) {
    AppendTag(ValueTag::kStruct);
    AppendText(value.json);
  }

  TextNumbers& numbers_;
  std::string& bytes_;
  std::optional<Instant> previous_;
};

}  // namespace

void TextNumbers::Clear() {
  count_ = 0;
  ++generation_;
}

std::optional<uint64_t> TextNumbers::FindOrAdd(std::string_view text) {
  if (2 * count_ >= slots_.size()) Grow();
  Slot& slot = SlotOf(text);
  if (slot.generation == generation_) return slot.number;
  slot = {text, generation_, count_++};
  return std::nullopt;
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

void AppendJournal(std::span<const JournalEntry> entries, TextNumbers* numbers, std::string* bytes) {
  JournalEncoder(numbers, bytes).Append(entries);
}

std::string EncodeJournal(std::span<const JournalEntry> entries) {
  TextNumbers numbers;
  std::string bytes;
  AppendJournal(entries, &numbers, &bytes);
  return bytes;
}

}  // namespace leadpulse::state
