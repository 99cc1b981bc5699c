// The set of engagement events a lead took part in, bounded.
//
// Invariants: entries are in ascending (occurred_at, event_id, origin); event ids are unique for each origin; except
// for RETRACTs, no two entries of different origins have the same event id, type and time; an entry's `retracted` says
// whether the journal holds a RETRACT of it with the same origin (a RETRACT itself is never retracted); every entry is
// later than the newest folded one, or has its time and id with a later origin. Below the bound the content does not
// depend on the order in which entries were added (promise P1), as long as they have one origin.
//
// Not thread-safe; a journal belongs to its lead. Nothing here fails; strings that are too long are asserted.
#pragma once

#include <algorithm>
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
#include "state/lead/encoded_journal.h"
#include "state/lead/entry_codes.h"
#include "state/lead/journal_arena.h"
#include "state/lead/journal_entry.h"
#include "state/lead/owned_part.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

// The bound of a journal in counted bytes: kCountedEntryBytes for each entry, the UTF-8 bytes of event id, message id,
// campaign and name, and names and string values of the properties. Part of the contract: never change it.
// A journal also folds where these and what an entry has beyond kCountedEntryBytes (the event that a RETRACT names, 8
// bytes or the digits of each list element and other value) are over 9/8 of it: so a lead's row fits into a Kafka
// record.
inline constexpr size_t kMaxJournalBytes = size_t{4} << 20;

// The count and times of the effective entries of one type. first and last are valid only if count > 0.
struct TypeTotals {
  uint64_t count = 0;
  Instant first = Instant::Never();
  Instant last = Instant::DistantPast();

  void Include(Instant t) {
    ++count;
    first = std::min(first, t);
    last = std::max(last, t);
  }
  friend bool operator==(const TypeTotals&, const TypeTotals&) = default;
};

// Totals by EventType, and of hard bounces separately.
struct EngagementTotals {
  std::array<TypeTotals, kEventTypeCount> by_type;
  TypeTotals hard_bounces;
  // The time of the first one that was sent for the lead itself, not received; Never() if none.
  Instant first_own = Instant::Never();

  const TypeTotals& operator[](EventType type) const { return by_type[static_cast<size_t>(type)]; }
  TypeTotals& operator[](EventType type) { return by_type[static_cast<size_t>(type)]; }
  // Returns the time of the first entry of any type.
  Instant First() const {
    Instant first = Instant::Never();
    for (const TypeTotals& totals : by_type) first = std::min(first, totals.first);
    return first;
  }
  friend bool operator==(const EngagementTotals&, const EngagementTotals&) = default;
};

// The totals of entries beyond the bound.
struct FoldedEntries {
  EngagementTotals totals;  // the totals of effective entries
  // (occurred_at, event_id) of the newest folded entry; events at or before it are dropped.
  Instant newest_at = Instant::DistantPast();
  std::string newest_event_id;
  friend bool operator==(const FoldedEntries&, const FoldedEntries&) = default;
};

// What changed in a long journal since an evaluator last looked at it.
struct JournalChanges {
  size_t folded = 0;     // how many of the entries that it saw left at the front
  size_t unchanged = 0;  // how many of entries(), from the first, are as it saw them; the others may be new
  EventTypes types;      // the types of entries that came, left or were retracted
};

// The journal of one lead. A moved-from journal may only be assigned to or destroyed.
class Journal {
 public:
  enum class AddOutcome {
    kAdded,
    // An entry with this event id and origin is held: the first to arrive stays. Or the event is a received one, and
    // the same event of another origin is held.
    kDuplicate,
    kOlderThanFold,  // at or before the newest folded entry: only the status facts may have changed
  };
  struct AddResult {
    AddOutcome outcome = AddOutcome::kAdded;
    size_t folded = 0;           // entries that moved to FoldedEntries; what a folded RETRACT removed is not counted
    bool facts_changed = false;  // if it was older than the fold
    bool replaced = false;       // the same event was held as a received one, which was removed
  };

  Journal() = default;
  // Builds a journal from storage: entries must be in order; `retracted` is derived. Strings are copied.
  Journal(std::span<const EntryFields> entries, FoldedEntries folded);
  Journal(const Journal& other);
  Journal& operator=(const Journal& other);
  Journal(Journal&&) = default;
  Journal& operator=(Journal&&) = default;
  ~Journal() = default;

  // Adds the entry, then folds the oldest until at most `max_entries` (at least 1) are held and they count at most
  // `max_bytes` (kMaxJournalBytes except in tests). An entry that is not added changes no other entry, even if a bound
  // is smaller than before. The strings of `entry`, which may be this journal's own, are copied. The lead's own entry
  // precedes received ones with the same time and id, which are in the byte order of their addresses. `addresses` are
  // LeadIdentity::addresses; only a received entry needs them.
  AddResult Add(const EntryFields& entry, size_t max_entries, size_t max_bytes = kMaxJournalBytes,
                std::span<const std::string> addresses = {});
  // Folds the oldest entries down to both bounds, for entries that were added without a bound because they belong
  // together. Returns AddResult::folded.
  size_t Fold(size_t max_entries, size_t max_bytes = kMaxJournalBytes);
  // Returns an upper bound of the number of oldest entries that Add would fold.
  size_t FoldedBy(const EntryFields& entry, size_t max_entries, size_t max_bytes = kMaxJournalBytes) const;

  // Returns the entries, oldest first; valid until the next Add.
  std::span<const JournalEntry> entries() const { return block_.entries(); }
  // Returns the codes of entries(), by index. Null in short journals, whose entries are as fast to read. Valid until
  // the next Add.
  const EntryCodes* kinds() const { return long_ == nullptr ? nullptr : &long_->kinds; }
  bool has_folded() const { return folded_ && !(*folded_ == FoldedEntries()); }
  const FoldedEntries& folded() const { return *folded_; }
  // Whether any entry was sent for a mailbox that the lead used, not for the lead itself.
  bool holds_received() const { return extras_ && extras_->received > 0; }
  // Returns the totals of the effective entries, folded ones included.
  EngagementTotals Totals() const;
  // Returns the status facts of events that are not entries. Null as long as folded() has all of them: no topic was
  // met, no such event came late, and the lead was never erased.
  const StatusFacts* kept_facts() const { return facts_ ? &*facts_ : nullptr; }
  // Sets the facts of a journal without entries: from the store, or of the life before an erasure.
  void SetFacts(StatusFacts facts) { facts_.Get() = std::move(facts); }
  // Includes an event that will not be an entry, unless a program did it or a RETRACT names it. Returns whether the
  // facts changed.
  bool IncludeInFacts(const EntryFields& event);
  // Whether Add would change nothing, whatever address the event belongs to: it is held, or it is too old and no fact.
  bool Ignores(const EntryFields& event) const;
  // Whether IncludeInFacts changes nothing, whatever address the event belongs to.
  bool IsNoFact(const EntryFields& event) const;
  // Returns the facts in kept_facts() or folded() by the address that they belong to, ascending; for received ones as
  // FactsOf. Null while all belong to kOwnSlot.
  const std::vector<AddressFacts>* kept_address_facts() const { return address_facts_ ? &*address_facts_ : nullptr; }
  // Sets the facts by address of a journal without entries, as SetFacts.
  void SetAddressFacts(std::vector<AddressFacts> facts) { address_facts_.Get() = std::move(facts); }
  // Returns the status facts of effective events that belong to this address. Only hard bounces and signs of life are
  // taken from received events: opt-outs and opt-ins count for the lead to which they were sent.
  StatusFacts FactsOf(AddressSlot address) const { return FactsOf(address, address); }
  // Returns the facts of two addresses together.
  StatusFacts FactsOf(AddressSlot address, AddressSlot other) const;
  // Whether such an entry, arriving now, is too old for the journal.
  bool IsOlderThanFold(const EntryFields& entry) const;
  // Whether Add would replace a received entry, whose other fields may differ.
  bool WouldReplace(const EntryFields& entry) const;
  // Returns the status facts of all effective events. `totals` are those of Totals().
  StatusFacts Facts(const EngagementTotals& totals) const;
  // Returns the cached stored form of the first entries, which the caller may extend (see LongJournal); null if there
  // is none.
  EncodedJournal* Kept() const;
  bool is_long() const { return long_ != nullptr; }
  // Returns the changes of a long journal since the last call. Called only by the evaluator that caches results; it
  // starts again at its first call and when no entry is unchanged.
  JournalChanges TakeChanges() const;
  // Returns the bytes given to KeepStored, if no entry was added since; otherwise null.
  const std::string* stored() const { return stored_.get(); }
  // Returns how many of entries(), from the first, are in the store unchanged.
  size_t written() const { return written_; }
  void SetWritten() { written_ = static_cast<uint32_t>(entries().size()); }
  // Keeps the bytes that this journal was read from, to write them back if no entry is added before. They take memory,
  // so keep them only for leads that will probably be written unchanged, and not for long.
  void KeepStored(std::string bytes) { stored_ = std::make_unique<std::string>(std::move(bytes)); }
  void ForgetStored() { stored_.reset(); }
  // Returns the approximate bytes of memory held, strings included. Cheap.
  size_t MemoryBytes() const;
  // Prefetches the entries (of a long journal the latest ones) and the memory for a new one.
  void Prefetch() const { block_.Prefetch(); }
  friend bool operator==(const Journal& a, const Journal& b);

 private:
  // Data that few journals need.
  struct Extras {
    size_t retracts = 0;  // RETRACTs held
    size_t received = 0;  // received entries held
    std::vector<std::shared_ptr<const EntryProperties>> properties;
    size_t property_bytes = 0;  // heap memory behind them
  };
  // Caches of a journal with many entries, so that an event costs little more than with few.
  struct LongJournal {
    std::vector<uint16_t> id_hashes;  // one for each of entries()
    EntryCodes kinds;                 // what kinds() gives
    EngagementTotals totals;          // what Totals() gives
    JournalChanges changes;           // in a copy, no entry is unchanged
    // The stored form of the first entries, cached from the second write on: a journal that is written once may leave
    // memory before the next write. Empty once entries fold, because each fold changes all bytes.
    EncodedJournal encoded;
    bool was_encoded = false;

    LongJournal() = default;
    LongJournal(const LongJournal& other) : id_hashes(other.id_hashes), kinds(other.kinds), totals(other.totals) {}
    LongJournal& operator=(const LongJournal&) = delete;
  };

  // Returns the first index in entries() for which `matches` holds. `hash` is that of HashEventId, here and below.
  template <typename Matches>
  std::optional<size_t> IndexWhere(std::string_view event_id, uint16_t hash, const Matches& matches) const;
  std::optional<size_t> IndexOf(std::string_view event_id, uint16_t hash, AddressSlot origin) const;
  // Returns the entry of another origin that is the same event.
  std::optional<size_t> IndexOfSame(const EntryFields& entry, uint16_t hash) const;
  bool IsNamedByRetract(std::string_view event_id, AddressSlot origin) const;
  void Insert(const EntryFields& fields, uint16_t id_hash, std::span<const std::string> addresses);
  void SetRetracted(std::string_view event_id, AddressSlot origin);
  // Returns the facts of events that are not entries.
  StatusFacts PastFacts() const;
  StatusFacts& MutableFacts();
  // Includes an effective event that is not an entry: EntryFields or a JournalEntry. Called before facts_ and folded_
  // include it.
  template <typename Event>
  void IncludeInAddressFacts(const Event& event);
  // Includes an effective entry that is about to fold. Called before folded_ includes it.
  void IncludeFolding(const JournalEntry& oldest);
  void FoldOldest();
  void RemoveRetracted(std::string_view event_id, AddressSlot origin);
  void RemoveReplaced(size_t index);
  void Remove(size_t index);
  // Records that the entry at this index of a long journal was added or retracted.
  void NoteChange(size_t index, EventType type);
  void NoteRemoval(size_t index, EventType type);
  // Counts an entry, beside its memory in the arena; Forget subtracts it.
  void Count(const EntryFields& fields);
  void Forget(const JournalEntry& entry);
  EngagementTotals SumTotals() const;
  void KeepLong();

  JournalArena block_;
  uint32_t written_ = 0;        // 0 in a copy
  uint32_t counted_bytes_ = 0;  // toward the bound of bytes
  OwnedPart<Extras> extras_;
  OwnedPart<FoldedEntries> folded_;                     // absent: no entry has folded, as in most journals
  std::unique_ptr<LongJournal> long_;                   // null in short journals
  OwnedPart<StatusFacts> facts_;                        // what kept_facts gives
  OwnedPart<std::vector<AddressFacts>> address_facts_;  // what kept_address_facts gives
  std::unique_ptr<std::string> stored_;                 // not copied; null in most
};

}  // namespace leadpulse::state
