#include "state/lead/journal_arena.h"

#define XXH_INLINE_ALL  // ids are short: a call would cost more than the hash
#include <xxhash.h>

#include <bit>
#include <cstring>
#include <type_traits>

#include "processor/base/assert.h"

namespace leadpulse::state {
namespace {

static_assert(std::is_trivially_copyable_v<JournalEntry>);

// Bytes: room for two or three events at first; it grows with the journal.
constexpr size_t kMinBlockBytes = 256;
constexpr size_t kMaxGrowth = 16 << 10;
// The share of its bytes by which it grows: small, because a cache holds more leads whose journals have less free
// memory, and a copy costs a hundredth of reading a lead again.
constexpr size_t kGrowthShare = 8;
// Bytes reserved in a loaded journal, which usually gets one more entry.
constexpr size_t kRoomToCome = 128;
// Unused bytes that do not justify copying the rest.
constexpr size_t kMaxIdleBytes = 8192;

// Copies a string. Most are empty except the first: those cost no call.
char* CopyText(std::string_view text, char* to) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

uint16_t TextSize(std::string_view text) {
  LP_ASSERT(text.size() <= kMaxEntryTextBytes);
  return static_cast<uint16_t>(text.size());
}

// Rounds up to the next size class of allocators: a quarter of a power of two.
size_t RoundUp(size_t bytes) {
  const size_t step = std::bit_floor(bytes) / 4;
  return (bytes + step - 1) / step * step;
}

}  // namespace

uint16_t HashEventId(std::string_view event_id) {
  return static_cast<uint16_t>(XXH3_64bits(event_id.data(), event_id.size()));
}

JournalArena::JournalArena(const JournalArena& other) {
  if (!other.entries().empty()) Take(other.entries(), other.HeldBytes());
}

JournalEntry& JournalArena::Insert(size_t index, const EntryFields& fields, uint16_t id_hash) {
  const size_t bytes = BytesOf(fields);
  std::unique_ptr<char[]> old;  // what `fields` refers to may lie there
  if (bytes > FreeBytes())
    old = Take(entries(), HeldBytes() + std::max(bytes, std::min(kMaxGrowth, HeldBytes() / kGrowthShare)));
  JournalEntry* at = Places() + head_ + index;
  if (at != Places() + end_) std::copy_backward(at, Places() + end_, Places() + end_ + 1);
  ++end_;
  return *at = Keep(fields, id_hash);
}

JournalEntry JournalArena::Keep(const EntryFields& fields, uint16_t id_hash) {
  JournalEntry entry;
  entry.occurred_at = fields.occurred_at;
  entry.type = fields.type;
  entry.bounce_kind = fields.bounce_kind;
  entry.machine = fields.machine;
  entry.received = fields.received;
  entry.of_other_address = fields.of_other_address;
  entry.address = fields.address;
  entry.has_properties_ = fields.properties != nullptr;
  entry.event_id_size_ = TextSize(fields.event_id);
  entry.message_id_size_ = TextSize(fields.message_id);
  entry.campaign_id_size_ = TextSize(fields.campaign_id);
  entry.name_size_ = TextSize(fields.name);
  entry.subject_size_ = TextSize(fields.subject);
  entry.id_hash_ = id_hash;
  held_text_bytes_ += entry.kept_bytes();
  texts_begin_ -= entry.kept_bytes();
  char* text = memory_.get() + texts_begin_;
  entry.texts_ = text;
  text = CopyText(fields.event_id, text);
  text = CopyText(fields.message_id, text);
  text = CopyText(fields.campaign_id, text);
  text = CopyText(fields.name, text);
  text = CopyText(fields.subject, text);
  const EntryProperties* properties = fields.properties.get();
  if (entry.has_properties_) std::memcpy(text, &properties, JournalEntry::kAddressBytes);
  if (entry.of_other_address)
    text[entry.has_properties_ ? JournalEntry::kAddressBytes : 0] = static_cast<char>(fields.other_address);
  return entry;
}

void JournalArena::Remove(size_t index) {
  JournalEntry* at = Places() + head_ + index;
  held_text_bytes_ -= at->kept_bytes();
  if (index == 0) {
    ++head_;
  } else {
    std::copy(at + 1, Places() + end_, at);
    --end_;
  }
}

void JournalArena::Reserve(size_t bytes) {
  if (bytes > FreeBytes()) Take(entries(), HeldBytes() + bytes + kRoomToCome);
}

void JournalArena::Compact() {
  if (capacity_ > 2 * HeldBytes() + kMaxIdleBytes) Take(entries(), HeldBytes());
}

std::unique_ptr<char[]> JournalArena::Take(std::span<const JournalEntry> entries, size_t capacity) {
  capacity_ = RoundUp(std::max(kMinBlockBytes, capacity));
  auto memory = std::make_unique_for_overwrite<char[]>(capacity_);
  auto* places = reinterpret_cast<JournalEntry*>(memory.get());
  char* texts = memory.get() + capacity_;
  for (const JournalEntry& entry : entries) {
    texts -= entry.kept_bytes();
    std::memcpy(texts, entry.texts_, entry.kept_bytes());
    *places = entry;
    (places++)->texts_ = texts;
  }
  head_ = 0;
  end_ = entries.size();
  texts_begin_ = static_cast<size_t>(texts - memory.get());
  held_text_bytes_ = capacity_ - texts_begin_;
  memory_.swap(memory);
  return memory;
}

}  // namespace leadpulse::state
