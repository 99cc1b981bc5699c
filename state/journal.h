// The set of engagement events a lead took part in, bounded.
//
// Invariants: entries are in ascending (occurred_at, event_id); event ids are unique; an entry's `retracted` says
// whether any RETRACT held names it (of a RETRACT itself it is false); every entry is later than the newest folded
// one. Below the bound the content does not depend on the order in which entries were added (promise P1).
//
// Not thread-safe; a journal belongs to its lead. Nothing here fails.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/value.h"
#include "state/text_memory.h"

namespace leadpulse::state {

// By ascending normalised name; converted when journaled.
using EntryProperties = std::vector<std::pair<std::string, Value>>;

// An entry does not own its texts. Those of an entry held lie in its journal's memory (text_memory.h), which Add may
// copy to another place: an entry, or a text of one, that was taken from a journal is good until the next Add.
struct JournalEntry {
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  bool machine = false;
  bool retracted = false;  // derived: set by the journal
  std::string_view event_id;
  std::string_view message_id;
  std::string_view campaign_id;
  std::string_view name;
  std::string_view retracts;                          // of a RETRACT
  std::shared_ptr<const EntryProperties> properties;  // null where there are none; shared by copies of the entry

  // Counts for the view: a person's doing that was not taken back.
  bool effective() const { return !machine && !retracted && type != EventType::kRetract; }
  friend bool operator==(const JournalEntry& a, const JournalEntry& b);
};

// Count and times of the effective entries of one type. first and last only where count > 0.
struct TypeTotals {
  uint64_t count = 0;
  Instant first = Instant::Never();
  Instant last = Instant::DistantPast();

  void Include(Instant t);
  void Include(const TypeTotals& other);
  friend bool operator==(const TypeTotals&, const TypeTotals&) = default;
};

// By EventType; hard bounces also apart.
struct EngagementTotals {
  std::array<TypeTotals, kEventTypeCount> by_type;
  TypeTotals hard_bounces;

  const TypeTotals& operator[](EventType type) const { return by_type[static_cast<size_t>(type)]; }
  TypeTotals& operator[](EventType type) { return by_type[static_cast<size_t>(type)]; }
  friend bool operator==(const EngagementTotals&, const EngagementTotals&) = default;
};

// What remains of entries beyond the bound.
struct FoldedEntries {
  EngagementTotals totals;  // of the effective ones
  // (occurred_at, event_id) of the newest folded entry; events at or before it are dropped.
  Instant newest_at = Instant::DistantPast();
  std::string newest_event_id;
  friend bool operator==(const FoldedEntries&, const FoldedEntries&) = default;
};

// What is moved from may only be assigned to or destroyed.
class Journal {
 public:
  enum class AddOutcome {
    kAdded,
    kDuplicate,      // an entry with this event_id is held: the first to arrive stays
    kOlderThanFold,  // at or before the newest folded entry
  };
  struct AddResult {
    AddOutcome outcome = AddOutcome::kAdded;
    size_t folded = 0;  // entries that left for FoldedEntries; what a folded RETRACT took with it is not counted
  };

  Journal() = default;
  // From storage: entries must be in order; `retracted` is derived anew. Their texts are copied.
  Journal(std::vector<JournalEntry> entries, FoldedEntries folded);
  Journal(const Journal& other);
  Journal& operator=(const Journal& other);
  Journal(Journal&&) = default;
  Journal& operator=(Journal&&) = default;
  ~Journal() = default;

  // Adds, then folds the oldest beyond `max_entries` (at least 1). What is not added changes nothing, also where
  // `max_entries` is smaller than before. The texts of `entry` are copied.
  AddResult Add(const JournalEntry& entry, size_t max_entries);

  // Oldest first; good until the next Add.
  std::span<const JournalEntry> entries() const { return {entries_.data() + head_, entries_.size() - head_}; }
  const FoldedEntries& folded() const;
  // Of the effective entries, folded ones included.
  EngagementTotals Totals() const;
  // Approximate bytes of memory held, texts included. Costs nothing to ask.
  size_t MemoryBytes() const;
  // Hints that entries, or their texts, are about to be read, so that they come from memory while others are worked on.
  void PrefetchEntries() const;
  void PrefetchTexts() const { texts_.Prefetch(); }
  friend bool operator==(const Journal& a, const Journal& b);

 private:
  // Into entries_, not entries().
  std::optional<size_t> IndexOf(std::string_view event_id) const;
  std::optional<size_t> IndexOf(std::string_view event_id, uint64_t id_hash) const;
  bool IsRetractTarget(std::string_view event_id) const;
  void Insert(const JournalEntry& entry, uint64_t id_hash);
  void SetRetracted(std::string_view event_id);
  FoldedEntries& MutableFolded();
  void FoldOldest();
  void Remove(std::string_view event_id);
  // What a held entry that leaves took beside its place in entries_.
  void Forget(const JournalEntry& entry);
  void Compact();
  // Points the texts of all entries into a memory of their own.
  void CopyTexts();

  // Entries before head_ have been folded and wait for Compact(), so that folding one is not a move of all.
  std::vector<JournalEntry> entries_;
  std::vector<uint64_t> id_hashes_;  // parallel to entries_: a duplicate is found without touching the ids
  std::vector<std::string_view> retract_targets_;  // of the RETRACTs held
  size_t head_ = 0;
  TextMemory texts_;
  size_t held_text_bytes_ = 0;             // of texts_, what entries still refer to
  size_t property_bytes_ = 0;              // heap memory behind properties
  std::unique_ptr<FoldedEntries> folded_;  // null: nothing has folded, as in most journals
};

}  // namespace leadpulse::state
