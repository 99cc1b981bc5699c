#include "state/journal.h"

#include <xxhash.h>

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "processor/base/assert.h"

namespace leadpulse::state {
namespace {

// Folded entries are moved out of the way once they are a quarter of the vector, so a fold costs three moves in the
// mean; below this many it is not worth it.
constexpr size_t kMinCompaction = 32;

uint64_t HashId(std::string_view event_id) { return XXH3_64bits(event_id.data(), event_id.size()); }

bool Earlier(const JournalEntry& a, const JournalEntry& b) {
  return std::tie(a.occurred_at, a.event_id) < std::tie(b.occurred_at, b.event_id);
}

void Count(const JournalEntry& entry, EngagementTotals* totals) {
  (*totals)[entry.type].Include(entry.occurred_at);
  bool hard = entry.type == EventType::kBounce && entry.bounce_kind != BounceKind::kSoft;
  if (hard) totals->hard_bounces.Include(entry.occurred_at);
}

// By size, not capacity: capacities change as entries move, and what was added must be what is subtracted.
size_t HeapBytes(const std::string& text) {
  static const size_t kInline = std::string().capacity();
  return text.size() > kInline ? text.size() + 1 : 0;
}

// Lists and structs of properties are rare and not looked into.
size_t TextBytes(const JournalEntry& entry) {
  size_t bytes = HeapBytes(entry.event_id) + HeapBytes(entry.message_id) + HeapBytes(entry.campaign_id) +
                 HeapBytes(entry.name) + HeapBytes(entry.retracts) +
                 entry.properties.size() * sizeof(entry.properties[0]);
  for (const auto& [name, value] : entry.properties) {
    bytes += HeapBytes(name);
    if (const auto* text = std::get_if<std::string>(&value)) bytes += HeapBytes(*text);
  }
  return bytes;
}

}  // namespace

void TypeTotals::Include(Instant t) { Include(TypeTotals{1, t, t}); }

void TypeTotals::Include(const TypeTotals& other) {
  if (other.count == 0) return;
  count += other.count;
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

Journal::Journal(std::vector<JournalEntry> entries, FoldedEntries folded)
    : entries_(std::move(entries)), folded_(std::move(folded)) {
  id_hashes_.reserve(entries_.size());
  for (const JournalEntry& entry : entries_) {
    id_hashes_.push_back(HashId(entry.event_id));
    text_bytes_ += TextBytes(entry);
    if (entry.type == EventType::kRetract) retract_targets_.push_back(entry.retracts);
  }
  absl::flat_hash_set<std::string_view> targets(retract_targets_.begin(), retract_targets_.end());
  for (JournalEntry& entry : entries_) {
    entry.retracted = entry.type != EventType::kRetract && !targets.empty() && targets.contains(entry.event_id);
  }
}

Journal::AddResult Journal::Add(JournalEntry entry, size_t max_entries) {
  LP_ASSERT(max_entries >= 1);
  if (IndexOf(entry.event_id)) return {AddOutcome::kDuplicate};
  if (std::tie(entry.occurred_at, entry.event_id) <= std::tie(folded_.newest_at, folded_.newest_event_id)) {
    return {AddOutcome::kOlderThanFold};
  }
  Insert(std::move(entry));
  AddResult result;
  for (; entries_.size() - head_ > max_entries; ++result.folded) FoldOldest();
  Compact();
  return result;
}

EngagementTotals Journal::Totals() const {
  EngagementTotals totals = folded_.totals;
  for (const JournalEntry& entry : entries()) {
    if (entry.effective()) Count(entry, &totals);
  }
  return totals;
}

size_t Journal::MemoryBytes() const {
  return entries_.capacity() * sizeof(JournalEntry) + id_hashes_.capacity() * sizeof(uint64_t) +
         retract_targets_.capacity() * sizeof(std::string) + text_bytes_;
}

bool operator==(const Journal& a, const Journal& b) {
  return std::ranges::equal(a.entries(), b.entries()) && a.folded_ == b.folded_;
}

std::optional<size_t> Journal::IndexOf(std::string_view event_id) const {
  const uint64_t hash = HashId(event_id);
  auto it = id_hashes_.begin() + static_cast<ptrdiff_t>(head_);
  while ((it = std::find(it, id_hashes_.end(), hash)) != id_hashes_.end()) {
    size_t index = it - id_hashes_.begin();
    if (entries_[index].event_id == event_id) return index;
    ++it;
  }
  return std::nullopt;
}

bool Journal::IsRetractTarget(std::string_view event_id) const {
  return std::ranges::find(retract_targets_, event_id) != retract_targets_.end();
}

void Journal::Insert(JournalEntry entry) {
  entry.retracted = entry.type != EventType::kRetract && IsRetractTarget(entry.event_id);
  if (entry.type == EventType::kRetract) {
    SetRetracted(entry.retracts);
    retract_targets_.push_back(entry.retracts);
  }
  text_bytes_ += TextBytes(entry);
  // Events come mostly in the order of time.
  auto at = entries_.end();
  if (entries_.size() > head_ && Earlier(entry, entries_.back())) {
    at = std::upper_bound(entries_.begin() + static_cast<ptrdiff_t>(head_), at, entry, Earlier);
  }
  id_hashes_.insert(id_hashes_.begin() + (at - entries_.begin()), HashId(entry.event_id));
  entries_.insert(at, std::move(entry));
}

void Journal::SetRetracted(std::string_view event_id) {
  std::optional<size_t> index = IndexOf(event_id);
  if (index && entries_[*index].type != EventType::kRetract) entries_[*index].retracted = true;
}

void Journal::FoldOldest() {
  JournalEntry oldest = std::move(entries_[head_]);
  ++head_;
  text_bytes_ -= TextBytes(oldest);
  if (oldest.effective()) Count(oldest, &folded_.totals);
  folded_.newest_at = oldest.occurred_at;
  folded_.newest_event_id = std::move(oldest.event_id);
  if (oldest.type == EventType::kRetract) {
    retract_targets_.erase(std::ranges::find(retract_targets_, oldest.retracts));
    Remove(oldest.retracts);
  }
}

// What a folding RETRACT took back goes with it: left behind, it would count again.
void Journal::Remove(std::string_view event_id) {
  std::optional<size_t> index = IndexOf(event_id);
  if (!index || entries_[*index].type == EventType::kRetract) return;
  text_bytes_ -= TextBytes(entries_[*index]);
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(*index));
  id_hashes_.erase(id_hashes_.begin() + static_cast<ptrdiff_t>(*index));
}

void Journal::Compact() {
  if (head_ < kMinCompaction || head_ * 4 < entries_.size()) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(head_));
  id_hashes_.erase(id_hashes_.begin(), id_hashes_.begin() + static_cast<ptrdiff_t>(head_));
  head_ = 0;
}

}  // namespace leadpulse::state
