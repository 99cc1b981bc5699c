#include "state/journal.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "processor/base/assert.h"
#include "processor/base/prefetch.h"

namespace leadpulse::state {
namespace {

// Folded entries are moved out of the way once they are a quarter of the vector, so a fold costs three moves in the
// mean; below this many it is not worth it.
constexpr size_t kMinCompaction = 32;

// Bytes of texts nobody refers to any more that are not worth a copy of the others.
constexpr size_t kMaxIdleTextBytes = 4096;

uint64_t HashId(std::string_view event_id) { return XXH3_64bits(event_id.data(), event_id.size()); }

bool Earlier(const JournalEntry& a, const JournalEntry& b) {
  return std::tie(a.occurred_at, a.event_id) < std::tie(b.occurred_at, b.event_id);
}

void Count(const JournalEntry& entry, EngagementTotals* totals) {
  (*totals)[entry.type].Include(entry.occurred_at);
  bool hard = entry.type == EventType::kBounce && entry.bounce_kind != BounceKind::kSoft;
  if (hard) totals->hard_bounces.Include(entry.occurred_at);
}

std::array<std::string_view*, 5> TextsOf(JournalEntry* entry) {
  return {&entry->event_id, &entry->message_id, &entry->campaign_id, &entry->name, &entry->retracts};
}

size_t TextBytes(const JournalEntry& entry) {
  return entry.event_id.size() + entry.message_id.size() + entry.campaign_id.size() + entry.name.size() +
         entry.retracts.size();
}

// Roughly; lists and structs are rare and not looked into.
size_t PropertyBytes(const JournalEntry& entry) {
  if (entry.properties == nullptr) return 0;
  size_t bytes = sizeof(EntryProperties);
  for (const auto& [name, value] : *entry.properties) {
    bytes += sizeof(std::pair<std::string, Value>) + name.size();
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
  }
  return bytes;
}

bool SameProperties(const JournalEntry& a, const JournalEntry& b) {
  if (a.properties == b.properties) return true;
  return a.properties != nullptr && b.properties != nullptr && *a.properties == *b.properties;
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
  const auto fields = [](const JournalEntry& e) {
    return std::tie(e.occurred_at, e.type, e.bounce_kind, e.machine, e.retracted, e.event_id, e.message_id,
                    e.campaign_id, e.name, e.retracts);
  };
  return fields(a) == fields(b) && SameProperties(a, b);
}

Journal::Journal(std::vector<JournalEntry> entries, FoldedEntries folded) : entries_(std::move(entries)) {
  if (!(folded == FoldedEntries())) MutableFolded() = std::move(folded);
  CopyTexts();
  id_hashes_.reserve(entries_.size());
  for (const JournalEntry& entry : entries_) {
    id_hashes_.push_back(HashId(entry.event_id));
    property_bytes_ += PropertyBytes(entry);
  }
  absl::flat_hash_set<std::string_view> targets(retract_targets_.begin(), retract_targets_.end());
  for (JournalEntry& entry : entries_) {
    entry.retracted = entry.type != EventType::kRetract && !targets.empty() && targets.contains(entry.event_id);
  }
}

Journal::Journal(const Journal& other)
    : entries_(other.entries().begin(), other.entries().end()),
      id_hashes_(other.id_hashes_.begin() + static_cast<ptrdiff_t>(other.head_), other.id_hashes_.end()),
      property_bytes_(other.property_bytes_),
      folded_(other.folded_ == nullptr ? nullptr : std::make_unique<FoldedEntries>(*other.folded_)) {
  CopyTexts();
}

Journal& Journal::operator=(const Journal& other) { return *this = Journal(other); }

Journal::AddResult Journal::Add(const JournalEntry& entry, size_t max_entries) {
  LP_ASSERT(max_entries >= 1);
  const uint64_t id_hash = HashId(entry.event_id);
  if (IndexOf(entry.event_id, id_hash)) return {AddOutcome::kDuplicate};
  if (folded_ != nullptr) {
    const std::string_view newest_folded = folded_->newest_event_id;
    if (std::tie(entry.occurred_at, entry.event_id) <= std::tie(folded_->newest_at, newest_folded)) {
      return {AddOutcome::kOlderThanFold};
    }
  }
  Insert(entry, id_hash);
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

void Journal::PrefetchEntries() const {
  PrefetchMemory(id_hashes_.data(), id_hashes_.size() * sizeof(uint64_t));
  PrefetchMemory(entries_.data(), entries_.size() * sizeof(JournalEntry));
}

size_t Journal::MemoryBytes() const {
  return entries_.capacity() * sizeof(JournalEntry) + id_hashes_.capacity() * sizeof(uint64_t) +
         retract_targets_.capacity() * sizeof(std::string_view) + texts_.capacity() + property_bytes_ +
         (folded_ == nullptr ? 0 : sizeof(FoldedEntries));
}

bool operator==(const Journal& a, const Journal& b) {
  return std::ranges::equal(a.entries(), b.entries()) && a.folded() == b.folded();
}

std::optional<size_t> Journal::IndexOf(std::string_view event_id) const { return IndexOf(event_id, HashId(event_id)); }

std::optional<size_t> Journal::IndexOf(std::string_view event_id, uint64_t id_hash) const {
  auto it = id_hashes_.begin() + static_cast<ptrdiff_t>(head_);
  while ((it = std::find(it, id_hashes_.end(), id_hash)) != id_hashes_.end()) {
    size_t index = it - id_hashes_.begin();
    if (entries_[index].event_id == event_id) return index;
    ++it;
  }
  return std::nullopt;
}

bool Journal::IsRetractTarget(std::string_view event_id) const {
  return std::ranges::find(retract_targets_, event_id) != retract_targets_.end();
}

void Journal::Insert(const JournalEntry& entry, uint64_t id_hash) {
  // Events come mostly in the order of time.
  auto at = entries_.end();
  if (entries_.size() > head_ && Earlier(entry, entries_.back())) {
    at = std::upper_bound(entries_.begin() + static_cast<ptrdiff_t>(head_), at, entry, Earlier);
  }
  id_hashes_.insert(id_hashes_.begin() + (at - entries_.begin()), id_hash);
  JournalEntry& held = *entries_.insert(at, entry);
  for (std::string_view* text : TextsOf(&held)) *text = texts_.Store(*text);
  held_text_bytes_ += TextBytes(held);
  property_bytes_ += PropertyBytes(held);
  held.retracted = held.type != EventType::kRetract && IsRetractTarget(held.event_id);
  if (held.type == EventType::kRetract) {
    SetRetracted(held.retracts);
    retract_targets_.push_back(held.retracts);
  }
}

void Journal::SetRetracted(std::string_view event_id) {
  std::optional<size_t> index = IndexOf(event_id);
  if (index && entries_[*index].type != EventType::kRetract) entries_[*index].retracted = true;
}

FoldedEntries& Journal::MutableFolded() {
  if (folded_ == nullptr) folded_ = std::make_unique<FoldedEntries>();
  return *folded_;
}

void Journal::FoldOldest() {
  const JournalEntry oldest = std::move(entries_[head_]);
  ++head_;
  FoldedEntries& folded = MutableFolded();
  if (oldest.effective()) Count(oldest, &folded.totals);
  folded.newest_at = oldest.occurred_at;
  folded.newest_event_id = oldest.event_id;
  Forget(oldest);
  if (oldest.type != EventType::kRetract) return;
  retract_targets_.erase(std::ranges::find(retract_targets_, oldest.retracts));
  Remove(oldest.retracts);
}

// What a folding RETRACT took back goes with it: left behind, it would count again.
void Journal::Remove(std::string_view event_id) {
  std::optional<size_t> index = IndexOf(event_id);
  if (!index || entries_[*index].type == EventType::kRetract) return;
  Forget(entries_[*index]);
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(*index));
  id_hashes_.erase(id_hashes_.begin() + static_cast<ptrdiff_t>(*index));
}

void Journal::Forget(const JournalEntry& entry) {
  held_text_bytes_ -= TextBytes(entry);
  property_bytes_ -= PropertyBytes(entry);
}

void Journal::Compact() {
  if (texts_.capacity() > 2 * held_text_bytes_ + kMaxIdleTextBytes) CopyTexts();
  if (head_ < kMinCompaction || head_ * 4 < entries_.size()) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(head_));
  id_hashes_.erase(id_hashes_.begin(), id_hashes_.begin() + static_cast<ptrdiff_t>(head_));
  head_ = 0;
}

void Journal::CopyTexts() {
  held_text_bytes_ = 0;
  for (const JournalEntry& entry : entries()) held_text_bytes_ += TextBytes(entry);
  TextMemory copy(held_text_bytes_);
  retract_targets_.clear();
  for (size_t i = head_; i < entries_.size(); ++i) {
    for (std::string_view* text : TextsOf(&entries_[i])) *text = copy.Store(*text);
    if (entries_[i].type == EventType::kRetract) retract_targets_.push_back(entries_[i].retracts);
  }
  texts_ = std::move(copy);
}

}  // namespace leadpulse::state
