#include "state/lead/journal.h"

#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "processor/base/assert.h"

namespace leadpulse::state {
namespace {

// The number of entries from which on a journal is long: in shorter ones reading the entries is as fast as reading
// caches.
constexpr size_t kLong = 64;

// Returns the address that a received entry came through; empty if the lead had no slot left for it.
std::string_view AddressOf(AddressSlot slot, std::span<const std::string> addresses) {
  LP_ASSERT(slot != kOwnSlot);
  return slot > addresses.size() ? std::string_view() : addresses[slot - 1u];
}

// Whether `a` is earlier. Compares origins by address, not by slot: the slots of a lead depend on which address it met
// first.
bool Earlier(const EntryFields& a, const JournalEntry& b, std::span<const std::string> addresses) {
  if (a.occurred_at != b.occurred_at) return a.occurred_at < b.occurred_at;
  if (const int order = a.event_id.compare(b.event_id()); order != 0) return order < 0;
  if (!a.received || !b.received) return b.received && !a.received;
  return AddressOf(a.origin(), addresses) < AddressOf(b.origin(), addresses);
}

void Include(const JournalEntry& entry, EngagementTotals* totals) {
  (*totals)[entry.type].Include(entry.occurred_at);
  if (IsHardBounce(entry.type, entry.bounce_kind)) totals->hard_bounces.Include(entry.occurred_at);
  if (!entry.received) totals->first_own = std::min(totals->first_own, entry.occurred_at);
}

// Includes an entry that is not earlier than those included.
void IncludeLater(const JournalEntry& entry, EngagementTotals* totals) {
  const auto include = [&entry](TypeTotals* of) {
    if (of->count++ == 0) of->first = entry.occurred_at;
    of->last = entry.occurred_at;
  };
  include(&(*totals)[entry.type]);
  if (IsHardBounce(entry.type, entry.bounce_kind)) include(&totals->hard_bounces);
}

// Returns the bytes of a text, or of the texts in a list.
size_t TextBytes(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  const auto* list = std::get_if<ScalarList>(&value);
  size_t bytes = 0;
  if (list == nullptr) return bytes;
  for (const Scalar& element : *list) {
    if (const auto* text = std::get_if<std::string>(&element)) bytes += text->size();
  }
  return bytes;
}

// Returns the bytes of the digits that a value, a Value or a Scalar, keeps beside its nearest double.
template <typename AnyValue>
size_t DigitBytes(const AnyValue& value) {
  const auto* number = std::get_if<Number>(&value);
  return number == nullptr || number->own_spelling() == nullptr ? 0 : number->own_spelling()->size();
}

// Estimates the bytes.
size_t PropertyBytes(const EntryProperties& properties) {
  constexpr size_t kDigits = sizeof(std::string) + 2 * sizeof(void*);  // of shared digits, beside their bytes
  const auto digits = [](const auto& value) { return DigitBytes(value) == 0 ? 0 : kDigits + DigitBytes(value); };
  size_t bytes = sizeof properties;
  for (const auto& [name, value] : properties) {
    bytes += sizeof(std::pair<std::string, Value>) + name.size() + TextBytes(value) + digits(value);
    const auto* list = std::get_if<ScalarList>(&value);
    if (list == nullptr) continue;
    bytes += list->capacity() * sizeof(Scalar);
    for (const Scalar& element : *list) bytes += digits(element);
  }
  return bytes;
}

// Returns the bytes that count of a value beside its texts: 8, or its digits, for each element of a list, and for any
// other value that is no text.
size_t BytesBesideTexts(const Value& value) {
  const auto bytes_of = [](const auto& scalar) { return std::max<size_t>(8, DigitBytes(scalar)); };
  if (std::holds_alternative<std::string>(value)) return 0;
  const auto* list = std::get_if<ScalarList>(&value);
  if (list == nullptr) return bytes_of(value);
  size_t bytes = 0;
  for (const Scalar& element : *list) bytes += bytes_of(element);
  return bytes;
}

// Returns the bytes toward the bound kMaxJournalBytes.
size_t CountedBytes(size_t text_bytes, const EntryProperties* properties) {
  size_t bytes = kCountedEntryBytes + text_bytes;
  if (properties == nullptr) return bytes;
  for (const auto& [name, value] : *properties) {
    bytes += name.size() + TextBytes(value);
  }
  return bytes;
}

size_t CountedBytes(const EntryFields& entry) {
  return CountedBytes(entry.event_id.size() + entry.message_id.size() + entry.campaign_id.size() + entry.name.size(),
                      entry.properties.get());
}

size_t CountedBytes(const JournalEntry& entry) {
  return CountedBytes(entry.text_bytes() - entry.subject().size(), entry.properties());
}

// Returns the bytes that do not count, beyond kCountedEntryBytes: of the event that a RETRACT names, and of values.
size_t UncountedBytes(EventType type, size_t subject_bytes, const EntryProperties* properties) {
  size_t bytes = type == EventType::kRetract ? subject_bytes : 0;
  if (properties != nullptr) {
    for (const auto& [name, value] : *properties) bytes += BytesBesideTexts(value);
  }
  return std::max(kCountedEntryBytes, bytes) - kCountedEntryBytes;
}

size_t UncountedBytes(std::span<const JournalEntry> entries) {
  size_t bytes = 0;
  for (const JournalEntry& entry : entries) {
    bytes += UncountedBytes(entry.type, entry.subject().size(), entry.properties());
  }
  return bytes;
}

constexpr size_t kMostTargetBytes = 128;  // the id of an event

// Returns the bound of counted and uncounted bytes together.
size_t MostTogether(size_t max_bytes) { return max_bytes / 8 * 9; }

bool SameProperties(const EntryProperties* a, const EntryProperties* b) {
  if (a == b) return true;
  return a != nullptr && b != nullptr && *a == *b;
}

}  // namespace

bool operator==(const JournalEntry& a, const JournalEntry& b) {
  const auto facts = [](const JournalEntry& e) {
    return std::tuple(e.occurred_at, e.type, e.bounce_kind, e.machine, e.retracted, e.received, e.of_other_address,
                      e.belongs_to(), e.address, e.event_id(), e.message_id(), e.campaign_id(), e.name(), e.subject());
  };
  return facts(a) == facts(b) && SameProperties(a.properties(), b.properties());
}

Journal::Journal(std::span<const EntryFields> entries, FoldedEntries folded) {
  if (!(folded == FoldedEntries())) folded_.Get() = std::move(folded);
  size_t bytes = 0;
  for (const EntryFields& fields : entries) bytes += JournalArena::BytesOf(fields);
  block_.Reserve(bytes);
  absl::flat_hash_set<std::pair<AddressSlot, std::string_view>> targets;
  for (const EntryFields& fields : entries) {
    block_.Insert(block_.entries().size(), fields, fields.id_hash ? *fields.id_hash : HashEventId(fields.event_id));
    Count(fields);
    if (fields.type == EventType::kRetract) targets.emplace(fields.origin(), fields.subject);
  }
  if (!targets.empty()) {
    for (JournalEntry& entry : block_.entries()) {
      entry.retracted = entry.type != EventType::kRetract && targets.contains({entry.origin(), entry.event_id()});
    }
  }
  KeepLong();
}

Journal::Journal(const Journal& other)
    : block_(other.block_),
      counted_bytes_(other.counted_bytes_),
      extras_(other.extras_),
      folded_(other.folded_),
      long_(other.long_ == nullptr ? nullptr : std::make_unique<LongJournal>(*other.long_)),
      facts_(other.facts_),
      address_facts_(other.address_facts_) {}

Journal& Journal::operator=(const Journal& other) { return *this = Journal(other); }

Journal::AddResult Journal::Add(const EntryFields& entry, size_t max_entries, size_t max_bytes,
                                std::span<const std::string> addresses) {
  LP_ASSERT(max_entries >= 1);
  const uint16_t id_hash = HashEventId(entry.event_id);
  if (IndexOf(entry.event_id, id_hash, entry.origin())) return {AddOutcome::kDuplicate};
  const bool may_be_received = entry.received || holds_received();
  const std::optional<size_t> same = may_be_received ? IndexOfSame(entry, id_hash) : std::nullopt;
  if (same && entry.received) return {AddOutcome::kDuplicate};
  // If this event is too old, a received one stays.
  if (IsOlderThanFold(entry)) return {AddOutcome::kOlderThanFold, 0, IncludeInFacts(entry)};
  AddResult result;
  if (same) {
    RemoveReplaced(*same);
    result.replaced = true;
  }
  if (entry.topic().empty()) [[likely]] {
    Insert(entry, id_hash, addresses);
  } else {
    EntryFields met = entry;
    met.subject = MutableFacts().Meet(entry.type, entry.subject);
    Insert(met, id_hash, addresses);
  }
  result.folded = Fold(max_entries, max_bytes);
  return result;
}

bool Journal::IsOlderThanFold(const EntryFields& entry) const {
  if (!folded_) return false;
  const std::string_view newest_folded = folded_->newest_event_id;
  return std::tie(entry.occurred_at, entry.event_id) <= std::tie(folded_->newest_at, newest_folded);
}

size_t Journal::Fold(size_t max_entries, size_t max_bytes) {
  // Most journals: without extras, no bytes are uncounted.
  if (!extras_ && entries().size() <= max_entries && counted_bytes_ <= max_bytes) return 0;
  size_t folded = 0;
  for (; entries().size() > max_entries || counted_bytes_ > max_bytes; ++folded) FoldOldest();
  // The memory of the properties is more than they take when they are stored: few journals need the sum.
  const auto may_be_too_large = [&] {
    const size_t targets = extras_->retracts * kMostTargetBytes;
    return counted_bytes_ + extras_->property_bytes + targets > MostTogether(max_bytes);
  };
  while (may_be_too_large() && counted_bytes_ + UncountedBytes(entries()) > MostTogether(max_bytes)) {
    FoldOldest();
    ++folded;
  }
  if (folded > 0) block_.Compact();
  return folded;
}

size_t Journal::FoldedBy(const EntryFields& entry, size_t max_entries, size_t max_bytes) const {
  const std::span<const JournalEntry> held = entries();
  size_t count = held.size() + 1;
  size_t bytes = counted_bytes_ + CountedBytes(entry);
  // As in Fold.
  const size_t targets = (extras_->retracts + 1) * kMostTargetBytes;
  const size_t property_bytes =
      extras_->property_bytes + (entry.properties == nullptr ? 0 : PropertyBytes(*entry.properties));
  const bool may_be_too_large = bytes + property_bytes + targets > MostTogether(max_bytes);
  size_t together = bytes;
  if (may_be_too_large) {
    together += UncountedBytes(held) + UncountedBytes(entry.type, entry.subject.size(), entry.properties.get());
  }
  size_t folded = 0;
  for (; folded < held.size() && (count > max_entries || bytes > max_bytes || together > MostTogether(max_bytes));
       ++folded) {
    --count;
    bytes -= CountedBytes(held[folded]);
    together -= CountedBytes(held[folded]) + (may_be_too_large ? UncountedBytes(held.subspan(folded, 1)) : 0);
  }
  return folded;
}

EngagementTotals Journal::Totals() const { return long_ == nullptr ? SumTotals() : long_->totals; }

bool Journal::WouldReplace(const EntryFields& entry) const {
  if (entry.received || !holds_received()) return false;
  const uint16_t hash = HashEventId(entry.event_id);
  return !IndexOf(entry.event_id, hash, kOwnSlot) && !IsOlderThanFold(entry) && IndexOfSame(entry, hash);
}

EngagementTotals Journal::SumTotals() const {
  EngagementTotals totals;
  if (folded_) totals = folded_->totals;
  for (const JournalEntry& entry : entries()) {
    if (entry.effective()) IncludeLater(entry, &totals);
  }
  // Found separately, because most journals begin with it.
  for (const JournalEntry& entry : entries()) {
    if (!entry.effective() || entry.received) continue;
    totals.first_own = std::min(totals.first_own, entry.occurred_at);
    break;
  }
  return totals;
}

EncodedJournal* Journal::Kept() const {
  if (long_ == nullptr || folded_) return nullptr;
  return std::exchange(long_->was_encoded, true) ? &long_->encoded : nullptr;
}

size_t Journal::MemoryBytes() const {
  size_t bytes = block_.capacity();
  if (extras_) {
    bytes += sizeof(Extras) + extras_->property_bytes + extras_->properties.capacity() * sizeof(extras_->properties[0]);
  }
  if (folded_) bytes += sizeof(FoldedEntries);
  if (facts_) bytes += sizeof(StatusFacts) + facts_->HeapBytes();
  if (address_facts_) {
    bytes += address_facts_->capacity() * sizeof(AddressFacts);
    for (const AddressFacts& of_address : *address_facts_) bytes += of_address.facts.HeapBytes();
  }
  if (stored_ != nullptr) bytes += sizeof(std::string) + stored_->capacity();
  if (long_ != nullptr) {
    bytes += sizeof(LongJournal) + long_->id_hashes.capacity() * sizeof(uint16_t) + long_->kinds.MemoryBytes() +
             long_->encoded.MemoryBytes();
  }
  return bytes;
}

bool operator==(const Journal& a, const Journal& b) {
  const auto same = [](const auto& x, const auto& y) { return x == nullptr || y == nullptr ? x == y : *x == *y; };
  return std::ranges::equal(a.entries(), b.entries()) && a.folded() == b.folded() &&
         same(a.kept_facts(), b.kept_facts()) && same(a.kept_address_facts(), b.kept_address_facts());
}

std::optional<size_t> Journal::IndexOf(std::string_view event_id, uint16_t hash, AddressSlot origin) const {
  return IndexWhere(event_id, hash, [&](const JournalEntry& held) { return held.origin() == origin; });
}

std::optional<size_t> Journal::IndexOfSame(const EntryFields& entry, uint16_t hash) const {
  if (entry.type == EventType::kRetract) return std::nullopt;
  return IndexWhere(entry.event_id, hash, [&](const JournalEntry& held) {
    return held.type == entry.type && held.occurred_at == entry.occurred_at && held.origin() != entry.origin();
  });
}

template <typename Matches>
std::optional<size_t> Journal::IndexWhere(std::string_view event_id, uint16_t hash, const Matches& matches) const {
  const std::span<const JournalEntry> held = entries();
  if (long_ != nullptr) {
    const auto next = [&](size_t begin) { return FindCode(long_->id_hashes, hash, 0xffff, begin); };
    for (size_t i = next(0); i < held.size(); i = next(i + 1)) {
      if (held[i].event_id() == event_id && matches(held[i])) return i;
    }
    return std::nullopt;
  }
  for (size_t i = 0; i < held.size(); ++i) {
    if (held[i].id_hash() == hash && held[i].event_id() == event_id && matches(held[i])) return i;
  }
  return std::nullopt;
}

bool Journal::IsNamedByRetract(std::string_view event_id, AddressSlot origin) const {
  if (!extras_ || extras_->retracts == 0) return false;
  return std::ranges::any_of(entries(), [&](const JournalEntry& other) {
    return other.type == EventType::kRetract && other.subject() == event_id && other.origin() == origin;
  });
}

void Journal::Insert(const EntryFields& fields, uint16_t id_hash, std::span<const std::string> addresses) {
  ForgetStored();
  const std::span<const JournalEntry> held = entries();
  size_t index = held.size();
  // Most events arrive in the order of time.
  const auto earlier = [&](const EntryFields& a, const JournalEntry& b) { return Earlier(a, b, addresses); };
  if (!held.empty() && fields.occurred_at <= held.back().occurred_at && earlier(fields, held.back())) {
    index = static_cast<size_t>(std::upper_bound(held.begin(), held.end(), fields, earlier) - held.begin());
  }
  if (index < written_) written_ = 0;
  JournalEntry& added = block_.Insert(index, fields, id_hash);
  Count(fields);
  added.retracted = added.type != EventType::kRetract && IsNamedByRetract(added.event_id(), added.origin());
  if (long_ != nullptr) {
    long_->id_hashes.insert(long_->id_hashes.begin() + static_cast<ptrdiff_t>(index), added.id_hash());
    long_->kinds.Insert(index, added);
    if (added.effective()) Include(added, &long_->totals);
    long_->encoded.Truncate(index);
    NoteChange(index, added.type);
  }
  if (added.type == EventType::kRetract) SetRetracted(added.subject(), added.origin());
  KeepLong();
}

void Journal::SetRetracted(std::string_view event_id, AddressSlot origin) {
  const std::optional<size_t> index = IndexOf(event_id, HashEventId(event_id), origin);
  if (!index) return;
  JournalEntry& entry = block_.entries()[*index];
  if (entry.type == EventType::kRetract || entry.retracted) return;
  entry.retracted = true;
  if (long_ == nullptr) return;
  long_->kinds.SetRetracted(*index);
  NoteChange(*index, entry.type);
  long_->totals = SumTotals();  // it may have been the first or the last of its type
}

JournalChanges Journal::TakeChanges() const {
  return std::exchange(long_->changes, {.folded = 0, .unchanged = entries().size(), .types = {}});
}

void Journal::NoteChange(size_t index, EventType type) {
  long_->changes.unchanged = std::min(long_->changes.unchanged, index);
  long_->changes.types.Insert(type);
}

void Journal::NoteRemoval(size_t index, EventType type) {
  JournalChanges& changes = long_->changes;
  if (index == 0 && changes.unchanged > 0) {
    ++changes.folded;
    --changes.unchanged;
  }
  NoteChange(index == 0 ? changes.unchanged : index, type);
}

void Journal::KeepLong() {
  if (long_ != nullptr || entries().size() < kLong) return;
  long_ = std::make_unique<LongJournal>();
  for (const JournalEntry& entry : entries()) {
    long_->kinds.Insert(long_->id_hashes.size(), entry);
    long_->id_hashes.push_back(entry.id_hash());
  }
  long_->totals = SumTotals();
}

// Folds the oldest entry. The totals of a long journal stay the same: folded entries still count, and retracted ones
// never did.
void Journal::FoldOldest() {
  const JournalEntry oldest = entries().front();
  if (long_ != nullptr && long_->encoded.size() > 0) long_->encoded = EncodedJournal();
  FoldedEntries& folded = folded_.Get();
  if (oldest.effective()) {
    if (facts_ || address_facts_ || oldest.address != kOwnSlot) IncludeFolding(oldest);
    Include(oldest, &folded.totals);
  }
  folded.newest_at = oldest.occurred_at;
  folded.newest_event_id = oldest.event_id();
  Remove(0);
  if (oldest.type == EventType::kRetract) RemoveRetracted(oldest.subject(), oldest.origin());
}

// Removes the entry that a folding RETRACT retracts, which would count again otherwise.
void Journal::RemoveRetracted(std::string_view event_id, AddressSlot origin) {
  const std::optional<size_t> index = IndexOf(event_id, HashEventId(event_id), origin);
  if (index && entries()[*index].type != EventType::kRetract) Remove(*index);
}

// Removes a received entry after its event arrived for the lead itself.
void Journal::RemoveReplaced(size_t index) {
  Remove(index);
  if (long_ == nullptr) return;
  long_->encoded.Truncate(index);
  long_->totals = SumTotals();
}

void Journal::Remove(size_t index) {
  const EventType type = entries()[index].type;
  Forget(entries()[index]);
  block_.Remove(index);
  written_ = 0;
  if (long_ == nullptr) return;
  NoteRemoval(index, type);
  long_->id_hashes.erase(long_->id_hashes.begin() + static_cast<ptrdiff_t>(index));
  long_->kinds.Remove(index);
}

void Journal::Count(const EntryFields& fields) {
  counted_bytes_ += static_cast<uint32_t>(CountedBytes(fields));
  if (fields.type == EventType::kRetract) ++extras_.Get().retracts;
  if (fields.received) ++extras_.Get().received;
  if (fields.properties == nullptr) return;
  extras_.Get().properties.push_back(fields.properties);
  extras_.Get().property_bytes += PropertyBytes(*fields.properties);
}

void Journal::Forget(const JournalEntry& entry) {
  counted_bytes_ -= static_cast<uint32_t>(CountedBytes(entry));
  if (entry.type == EventType::kRetract) --extras_.Get().retracts;
  if (entry.received) --extras_.Get().received;
  const EntryProperties* properties = entry.properties();
  if (properties == nullptr) return;
  extras_.Get().property_bytes -= PropertyBytes(*properties);
  auto& all = extras_.Get().properties;
  std::ranges::find(all, properties, [](const auto& held) { return held.get(); })->swap(all.back());
  all.pop_back();
}

}  // namespace leadpulse::state
