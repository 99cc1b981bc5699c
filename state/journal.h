// The set of engagement events a lead took part in, bounded.
//
// Invariants: entries are in ascending (occurred_at, event_id); event ids are unique; an entry's `retracted` says
// whether any RETRACT held names it (of a RETRACT itself it is false); every entry is later than the newest folded
// one. Below the bound the content does not depend on the order in which entries were added (promise P1).
//
// Not thread-safe; a journal belongs to its lead. Nothing here fails; texts that are too long are asserted.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/prefetch.h"
#include "processor/base/value.h"

namespace leadpulse::state {

// By ascending normalised name; converted when journaled.
using EntryProperties = std::vector<std::pair<std::string, Value>>;

// What the journal takes of an event. Refers to its texts, each of at most kMaxEntryTextBytes.
struct EntryFields {
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  bool machine = false;
  std::string_view event_id;
  std::string_view message_id;
  std::string_view campaign_id;
  std::string_view name;
  std::string_view retracts;                          // of a RETRACT
  std::shared_ptr<const EntryProperties> properties;  // null where there are none; shared by copies of the journal
};

inline constexpr size_t kMaxEntryTextBytes = 65'535;

// An entry held: 32 bytes, for what an event costs is mostly waiting for memory. Its texts, one behind the other, and
// its properties belong to the journal, which Add may copy to another place: an entry, or a text of one, that was taken
// from a journal is good until the next Add.
class JournalEntry {
 public:
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  bool machine : 1 = false;
  bool retracted : 1 = false;  // derived: set by the journal

  std::string_view event_id() const { return {texts_, event_id_size_}; }
  std::string_view message_id() const { return After(event_id(), message_id_size_); }
  std::string_view campaign_id() const { return After(message_id(), campaign_id_size_); }
  std::string_view name() const { return After(campaign_id(), name_size_); }
  std::string_view retracts() const { return After(name(), retracts_size_); }
  // Of the five together.
  size_t text_bytes() const {
    return size_t{event_id_size_} + message_id_size_ + campaign_id_size_ + name_size_ + retracts_size_;
  }
  const EntryProperties* properties() const {  // null where there are none
    const EntryProperties* properties = nullptr;
    if (has_properties_) std::memcpy(&properties, texts_ + text_bytes(), kAddressBytes);
    return properties;
  }

  // Counts for the view: a person's doing that was not taken back.
  bool effective() const { return !machine && !retracted && type != EventType::kRetract; }
  friend bool operator==(const JournalEntry& a, const JournalEntry& b);

 private:
  friend class Journal;

  static constexpr size_t kAddressBytes = sizeof(void*);  // of the properties

  static std::string_view After(std::string_view text, size_t size) { return {text.data() + text.size(), size}; }
  // At texts_.
  size_t kept_bytes() const { return text_bytes() + (has_properties_ ? kAddressBytes : 0); }
  bool has_properties_ : 1 = false;
  uint16_t event_id_size_ = 0;
  uint16_t message_id_size_ = 0;
  uint16_t campaign_id_size_ = 0;
  uint16_t name_size_ = 0;
  uint16_t retracts_size_ = 0;
  uint16_t id_hash_ = 0;         // of the event id: a duplicate is found without touching the texts
  const char* texts_ = nullptr;  // and, few entries have them, behind the texts the address of the properties
};
static_assert(sizeof(JournalEntry) == 32);

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
  Journal(std::span<const EntryFields> entries, FoldedEntries folded);
  Journal(const Journal& other);
  Journal& operator=(const Journal& other);
  Journal(Journal&&) = default;
  Journal& operator=(Journal&&) = default;
  ~Journal() = default;

  // Adds, then folds the oldest beyond `max_entries` (at least 1). What is not added changes nothing, also where
  // `max_entries` is smaller than before. The texts of `entry`, which may be this journal's own, are copied.
  AddResult Add(const EntryFields& entry, size_t max_entries);

  // Oldest first; good until the next Add.
  std::span<const JournalEntry> entries() const { return {entries_.data() + head_, entries_.size() - head_}; }
  const FoldedEntries& folded() const;
  // Of the effective entries, folded ones included.
  EngagementTotals Totals() const;
  // Approximate bytes of memory held, texts included. Costs nothing to ask.
  size_t MemoryBytes() const;
  // Hints that an entry is about to be added, or all read, so that memory comes while others are worked on.
  void PrefetchForAdd() const {
    PrefetchMemory(entries_.data(), (entries_.size() + 1) * sizeof(JournalEntry));
    PrefetchMemory(texts_.get() + text_bytes_, 1);
  }
  void PrefetchAll() const {
    PrefetchMemory(entries_.data(), entries_.size() * sizeof(JournalEntry));
    PrefetchMemory(texts_.get(), text_bytes_);
  }
  friend bool operator==(const Journal& a, const Journal& b);

 private:
  // What the entries of few journals have.
  struct Extras {
    size_t retracts = 0;  // RETRACTs held
    std::vector<std::shared_ptr<const EntryProperties>> properties;
    size_t property_bytes = 0;  // heap memory behind them
  };

  // Into entries_, not entries().
  std::optional<size_t> IndexOf(std::string_view event_id) const;
  bool IsRetracted(const JournalEntry& entry) const;
  // What an entry takes of the texts' memory.
  static size_t KeptBytes(const EntryFields& fields);
  void Insert(const EntryFields& fields);
  // Copies the texts; takes a share of the properties. There must be room for the texts.
  JournalEntry Keep(const EntryFields& fields);
  void SetRetracted(std::string_view event_id);
  Extras& MutableExtras();
  FoldedEntries& MutableFolded();
  void FoldOldest();
  void Remove(std::string_view event_id);
  // What a held entry that leaves took beside its place in entries_.
  void Forget(const JournalEntry& entry);
  void Compact();
  // Copies the texts of all entries into a memory of their own, with room for so many bytes more. Gives the old memory.
  std::unique_ptr<char[]> MoveTexts(size_t room);

  // Entries before head_ have been folded and wait for Compact(), so that folding one is not a move of all.
  std::vector<JournalEntry> entries_;
  size_t head_ = 0;
  std::unique_ptr<char[]> texts_;  // in no order, also those of entries that have left since it was made
  size_t text_bytes_ = 0;
  size_t text_capacity_ = 0;
  size_t held_text_bytes_ = 0;  // of text_bytes_, what entries still refer to
  std::unique_ptr<Extras> extras_;
  std::unique_ptr<FoldedEntries> folded_;  // null: nothing has folded, as in most journals
};

}  // namespace leadpulse::state
