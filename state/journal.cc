#include "state/journal.h"

#define XXH_INLINE_ALL  // ids are short: a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "processor/base/assert.h"

namespace leadpulse::state {
namespace {

// Folded entries are moved out of the way once they are a quarter of the vector, so a fold costs three moves in the
// mean; below this many it is not worth it.
constexpr size_t kMinCompaction = 32;

// Bytes of texts nobody refers to any more that are not worth a copy of the others.
constexpr size_t kMaxIdleTextBytes = 4096;

// Bytes. Room for the ids of two or three events at first; it grows with the journal.
constexpr size_t kMinTextRoom = 128;
constexpr size_t kMaxDoubling = 8192;

uint16_t HashId(std::string_view event_id) {
  return static_cast<uint16_t>(XXH3_64bits(event_id.data(), event_id.size()));
}

bool Earlier(const EntryFields& a, const JournalEntry& b) {
  if (a.occurred_at != b.occurred_at) return a.occurred_at < b.occurred_at;
  return a.event_id < b.event_id();
}

void Count(const JournalEntry& entry, EngagementTotals* totals) {
  (*totals)[entry.type].Include(entry.occurred_at);
  bool hard = entry.type == EventType::kBounce && entry.bounce_kind != BounceKind::kSoft;
  if (hard) totals->hard_bounces.Include(entry.occurred_at);
}

std::array<std::string_view, 5> TextsOf(const EntryFields& entry) {
  return {entry.event_id, entry.message_id, entry.campaign_id, entry.name, entry.retracts};
}

size_t TextBytes(const EntryFields& entry) {
  size_t bytes = 0;
  for (std::string_view text : TextsOf(entry)) bytes += text.size();
  return bytes;
}

// Roughly; lists and structs are rare and not looked into.
size_t PropertyBytes(const EntryProperties& properties) {
  size_t bytes = sizeof properties;
  for (const auto& [name, value] : properties) {
    bytes += sizeof(std::pair<std::string, Value>) + name.size();
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
  }
  return bytes;
}

bool SameProperties(const EntryProperties* a, const EntryProperties* b) {
  if (a == b) return true;
  return a != nullptr && b != nullptr && *a == *b;
}

template <typename T>
std::unique_ptr<T> CopyOf(const std::unique_ptr<T>& original) {
  return original == nullptr ? nullptr : std::make_unique<T>(*original);
}

uint16_t TextSize(std::string_view text) {
  LP_ASSERT(text.size() <= kMaxEntryTextBytes);
  return static_cast<uint16_t>(text.size());
}

}  // namespace

void TypeTotals::Include(Instant t) { Include(TypeTotals{1, t, t}); }

void TypeTotals::Include(const TypeTotals& other) {
  if (other.count == 0) return;
  count += other.count;
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

bool operator==(const JournalEntry& a, const JournalEntry& b) {
  const auto facts = [](const JournalEntry& e) {
    return std::tuple(e.occurred_at, e.type, e.bounce_kind, e.machine, e.retracted, e.event_id(), e.message_id(),
                      e.campaign_id(), e.name(), e.retracts());
  };
  return facts(a) == facts(b) && SameProperties(a.properties(), b.properties());
}

Journal::Journal(std::span<const EntryFields> entries, FoldedEntries folded) {
  if (!(folded == FoldedEntries())) MutableFolded() = std::move(folded);
  size_t text_bytes = 0;
  for (const EntryFields& fields : entries) text_bytes += KeptBytes(fields);
  MoveTexts(text_bytes);
  entries_.reserve(entries.size());
  absl::flat_hash_set<std::string_view> targets;
  for (const EntryFields& fields : entries) {
    entries_.push_back(Keep(fields));
    if (fields.type == EventType::kRetract) targets.insert(fields.retracts);
  }
  if (targets.empty()) return;
  for (JournalEntry& entry : entries_) {
    entry.retracted = entry.type != EventType::kRetract && targets.contains(entry.event_id());
  }
}

Journal::Journal(const Journal& other)
    : entries_(other.entries().begin(), other.entries().end()),
      held_text_bytes_(other.held_text_bytes_),
      extras_(CopyOf(other.extras_)),
      folded_(CopyOf(other.folded_)) {
  MoveTexts(0);
}

Journal& Journal::operator=(const Journal& other) { return *this = Journal(other); }

Journal::AddResult Journal::Add(const EntryFields& entry, size_t max_entries) {
  LP_ASSERT(max_entries >= 1);
  if (IndexOf(entry.event_id)) return {AddOutcome::kDuplicate};
  if (folded_ != nullptr) {
    const std::string_view newest_folded = folded_->newest_event_id;
    if (std::tie(entry.occurred_at, entry.event_id) <= std::tie(folded_->newest_at, newest_folded)) {
      return {AddOutcome::kOlderThanFold};
    }
  }
  Insert(entry);
  AddResult result;
  for (; entries_.size() - head_ > max_entries; ++result.folded) FoldOldest();
  Compact();
  return result;
}

EngagementTotals Journal::Totals() const {
  EngagementTotals totals;
  if (folded_ != nullptr) totals = folded_->totals;
  for (const JournalEntry& entry : entries()) {
    if (entry.effective()) Count(entry, &totals);
  }
  return totals;
}

const FoldedEntries& Journal::folded() const {
  static const FoldedEntries kNothing;
  return folded_ == nullptr ? kNothing : *folded_;
}

size_t Journal::MemoryBytes() const {
  size_t bytes = entries_.capacity() * sizeof(JournalEntry) + text_capacity_;
  if (extras_ != nullptr) {
    bytes += sizeof(Extras) + extras_->property_bytes + extras_->properties.capacity() * sizeof(extras_->properties[0]);
  }
  if (folded_ != nullptr) bytes += sizeof(FoldedEntries);
  return bytes;
}

bool operator==(const Journal& a, const Journal& b) {
  return std::ranges::equal(a.entries(), b.entries()) && a.folded() == b.folded();
}

std::optional<size_t> Journal::IndexOf(std::string_view event_id) const {
  const uint16_t id_hash = HashId(event_id);
  for (size_t i = head_; i < entries_.size(); ++i) {
    if (entries_[i].id_hash_ == id_hash && entries_[i].event_id() == event_id) return i;
  }
  return std::nullopt;
}

bool Journal::IsRetracted(const JournalEntry& entry) const {
  if (entry.type == EventType::kRetract || extras_ == nullptr || extras_->retracts == 0) return false;
  return std::ranges::any_of(entries(), [&](const JournalEntry& other) {
    return other.type == EventType::kRetract && other.retracts() == entry.event_id();
  });
}

size_t Journal::KeptBytes(const EntryFields& fields) {
  return TextBytes(fields) + (fields.properties == nullptr ? 0 : JournalEntry::kAddressBytes);
}

void Journal::Insert(const EntryFields& fields) {
  const size_t text_bytes = KeptBytes(fields);
  std::unique_ptr<char[]> old;  // what `fields` refers to may lie there
  if (text_bytes > text_capacity_ - text_bytes_) {
    old = MoveTexts(
        std::max({text_bytes, kMinTextRoom, std::min(held_text_bytes_, kMaxDoubling + held_text_bytes_ / 8)}));
  }
  // Events come mostly in the order of time.
  auto at = entries_.end();
  if (entries_.size() > head_ && Earlier(fields, entries_.back())) {
    at = std::upper_bound(entries_.begin() + static_cast<ptrdiff_t>(head_), at, fields, Earlier);
  }
  JournalEntry& held = *entries_.insert(at, Keep(fields));
  held.retracted = IsRetracted(held);
  if (held.type == EventType::kRetract) SetRetracted(held.retracts());
}

JournalEntry Journal::Keep(const EntryFields& fields) {
  JournalEntry entry;
  entry.occurred_at = fields.occurred_at;
  entry.type = fields.type;
  entry.bounce_kind = fields.bounce_kind;
  entry.machine = fields.machine;
  entry.event_id_size_ = TextSize(fields.event_id);
  entry.message_id_size_ = TextSize(fields.message_id);
  entry.campaign_id_size_ = TextSize(fields.campaign_id);
  entry.name_size_ = TextSize(fields.name);
  entry.retracts_size_ = TextSize(fields.retracts);
  entry.id_hash_ = HashId(fields.event_id);
  entry.has_properties_ = fields.properties != nullptr;
  LP_ASSERT(entry.kept_bytes() <= text_capacity_ - text_bytes_);
  entry.texts_ = texts_.get() + text_bytes_;
  for (std::string_view text : TextsOf(fields)) {
    std::copy(text.begin(), text.end(), texts_.get() + text_bytes_);
    text_bytes_ += text.size();
  }
  held_text_bytes_ += entry.kept_bytes();
  if (entry.type == EventType::kRetract) ++MutableExtras().retracts;
  if (!entry.has_properties_) return entry;
  const EntryProperties* properties = fields.properties.get();
  std::memcpy(texts_.get() + text_bytes_, &properties, JournalEntry::kAddressBytes);
  text_bytes_ += JournalEntry::kAddressBytes;
  MutableExtras().properties.push_back(fields.properties);
  extras_->property_bytes += PropertyBytes(*fields.properties);
  return entry;
}

void Journal::SetRetracted(std::string_view event_id) {
  std::optional<size_t> index = IndexOf(event_id);
  if (index && entries_[*index].type != EventType::kRetract) entries_[*index].retracted = true;
}

Journal::Extras& Journal::MutableExtras() {
  if (extras_ == nullptr) extras_ = std::make_unique<Extras>();
  return *extras_;
}

FoldedEntries& Journal::MutableFolded() {
  if (folded_ == nullptr) folded_ = std::make_unique<FoldedEntries>();
  return *folded_;
}

void Journal::FoldOldest() {
  const JournalEntry oldest = entries_[head_];
  ++head_;
  FoldedEntries& folded = MutableFolded();
  if (oldest.effective()) Count(oldest, &folded.totals);
  folded.newest_at = oldest.occurred_at;
  folded.newest_event_id = oldest.event_id();
  Forget(oldest);
  if (oldest.type == EventType::kRetract) Remove(oldest.retracts());
}

// What a folding RETRACT took back goes with it: left behind, it would count again.
void Journal::Remove(std::string_view event_id) {
  std::optional<size_t> index = IndexOf(event_id);
  if (!index || entries_[*index].type == EventType::kRetract) return;
  Forget(entries_[*index]);
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(*index));
}

void Journal::Forget(const JournalEntry& entry) {
  held_text_bytes_ -= entry.kept_bytes();
  if (entry.type == EventType::kRetract) --extras_->retracts;
  const EntryProperties* properties = entry.properties();
  if (properties == nullptr) return;
  extras_->property_bytes -= PropertyBytes(*properties);
  auto& all = extras_->properties;
  std::ranges::find(all, properties, [](const auto& held) { return held.get(); })->swap(all.back());
  all.pop_back();
}

void Journal::Compact() {
  if (text_capacity_ > 2 * held_text_bytes_ + kMaxIdleTextBytes) MoveTexts(0);
  if (head_ < kMinCompaction || head_ * 4 < entries_.size()) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(head_));
  head_ = 0;
}

std::unique_ptr<char[]> Journal::MoveTexts(size_t room) {
  const size_t capacity = held_text_bytes_ + room;
  auto texts = std::make_unique_for_overwrite<char[]>(capacity);
  char* end = texts.get();
  for (size_t i = head_; i < entries_.size(); ++i) {
    JournalEntry& entry = entries_[i];
    const char* from = std::exchange(entry.texts_, end);
    end = std::copy_n(from, entry.kept_bytes(), end);
  }
  texts_.swap(texts);
  text_bytes_ = held_text_bytes_;
  text_capacity_ = capacity;
  return texts;
}

}  // namespace leadpulse::state
