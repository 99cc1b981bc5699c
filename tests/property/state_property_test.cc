// The journal's order (promise P1) and the stored form, for any content.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "processor/base/text.h"
#include "state/codec/journal_codec.h"
#include "state/codec/lead_codec.h"
#include "state/codec/row_form.h"
#include "tests/property/lead_generators.h"
#include "tests/support/row_examples.h"

namespace leadpulse::state::state_property_test {

using testing::OwnedEntry;
using testing::SealLeadBody;

constexpr size_t kRoomy = 1000;

Journal JournalOf(const std::vector<OwnedEntry>& entries, size_t bound) {
  Journal journal;
  for (const OwnedEntry& entry : entries) journal.Add(entry, bound);
  return journal;
}

template <typename T>
std::vector<T> Shuffled(std::vector<T> items) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[*rc::gen::inRange<size_t>(0, i)]);
  return items;
}

RC_GTEST_PROP(JournalProperty, AnyOrderAndAnyDuplicatesGiveTheSame, ()) {
  auto entries = *testing::DistinctEntries();
  auto delivered = entries;
  for (size_t again : *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, 1000))) {
    if (!entries.empty()) delivered.push_back(entries[again % entries.size()]);
  }
  Journal journal = JournalOf(Shuffled(delivered), kRoomy);
  RC_ASSERT(journal == JournalOf(entries, kRoomy));
  RC_ASSERT(journal.entries().size() == entries.size());
}

// The addresses of the lead, by slot. Not in byte order, which is that of received entries with the same time and id.
const std::vector<std::string> kAddresses = {"zed@example.com", "ann@example.com"};

// The journal as its header describes it, without any optimisation.
struct PlainJournal {
  // Ordered by time, id and address of the origin, which is empty if that is the lead itself.
  std::map<std::tuple<Instant, std::string, std::string>, OwnedEntry> entries;
  std::vector<OwnedEntry> gone;  // effective events without an entry: folded, or too late
  EngagementTotals totals;
  std::pair<Instant, std::string> newest{Instant::DistantPast(), ""};

  static AddressSlot OriginOf(const OwnedEntry& entry) { return entry.received ? entry.address : kOwnSlot; }
  static std::string AddressOf(const OwnedEntry& entry) {
    return entry.received ? kAddresses.at(entry.address - 1u) : std::string();
  }
  auto Find(const std::string& id, AddressSlot origin) {
    return std::ranges::find_if(
        entries, [&](const auto& entry) { return entry.second.event_id == id && OriginOf(entry.second) == origin; });
  }
  auto FindSame(const OwnedEntry& event) {
    return std::ranges::find_if(entries, [&](const auto& entry) {
      const OwnedEntry& held = entry.second;
      return event.type != EventType::kRetract && held.event_id == event.event_id && held.type == event.type &&
             held.occurred_at == event.occurred_at;
    });
  }
  bool IsRetracted(const OwnedEntry& entry) const {
    return std::ranges::any_of(entries, [&](const auto& other) {
      return other.second.type == EventType::kRetract && other.second.subject == entry.event_id &&
             OriginOf(other.second) == OriginOf(entry);
    });
  }
  bool IsEffective(const OwnedEntry& entry) const {
    return !entry.machine && entry.type != EventType::kRetract && !IsRetracted(entry);
  }
  static void Include(const OwnedEntry& entry, EngagementTotals* totals) {
    if (!entry.received) totals->first_own = std::min(totals->first_own, entry.occurred_at);
    (*totals)[entry.type].Include(entry.occurred_at);
    if (entry.type != EventType::kBounce || entry.bounce_kind == BounceKind::kSoft) return;
    totals->hard_bounces.Include(entry.occurred_at);
  }
  void Add(const OwnedEntry& entry, size_t max_entries, size_t max_bytes) {
    if (Find(entry.event_id, OriginOf(entry)) != entries.end()) return;
    const auto same = FindSame(entry);
    if (same != entries.end() && entry.received) return;
    if (std::pair(entry.occurred_at, entry.event_id) <= newest) {
      if (IsEffective(entry)) gone.push_back(entry);
      return;
    }
    if (same != entries.end()) entries.erase(same);
    entries.emplace(std::tuple(entry.occurred_at, entry.event_id, AddressOf(entry)), entry);
    while (entries.size() > max_entries || IsTooLarge(max_bytes)) Fold();
  }
  bool IsTooLarge(size_t max_bytes) const {
    const auto other = [](const auto& value) -> size_t {
      const auto* number = std::get_if<Number>(&value);
      const std::string* digits = number == nullptr ? nullptr : number->own_spelling();
      return digits == nullptr ? 8 : std::max<size_t>(8, digits->size());
    };
    size_t counted = 0, uncounted = 0;
    for (const auto& [order, entry] : entries) {
      counted += 64 + entry.event_id.size() + entry.message_id.size() + entry.campaign_id.size() + entry.name.size();
      size_t others = entry.type == EventType::kRetract ? entry.subject.size() : 0;
      for (const auto& [name, value] : entry.properties) {
        counted += name.size();
        if (const auto* text = std::get_if<std::string>(&value)) {
          counted += text->size();
        } else if (const auto* list = std::get_if<ScalarList>(&value)) {
          for (const Scalar& element : *list) {
            if (const auto* word = std::get_if<std::string>(&element)) counted += word->size();
            others += other(element);
          }
        } else {
          others += other(value);
        }
      }
      uncounted += std::max<size_t>(64, others) - 64;
    }
    return counted > max_bytes || counted + uncounted > max_bytes / 8 * 9;
  }
  void Fold() {
    OwnedEntry oldest = entries.begin()->second;
    if (IsEffective(oldest)) {
      Include(oldest, &totals);
      gone.push_back(oldest);
    }
    newest = {oldest.occurred_at, oldest.event_id};
    entries.erase(entries.begin());
    if (oldest.type != EventType::kRetract) return;
    auto target = Find(oldest.subject, OriginOf(oldest));
    if (target != entries.end() && target->second.type != EventType::kRetract) entries.erase(target);
  }
  StatusFacts FactsOf(AddressSlot address) const {
    StatusFacts facts;
    // Among received events, only bounces and signs of life count.
    const auto include = [&](const OwnedEntry& event) {
      if ((event.of_other_address ? event.other_address : event.address) != address) return;
      const bool is_wish = event.type == EventType::kUnsubscribe || event.type == EventType::kComplaint;
      if (event.received && is_wish) return;
      facts.Include(event.type, event.bounce_kind, event.received ? kNoTopic : "", event.occurred_at);
    };
    for (const auto& [order, entry] : entries) {
      if (IsEffective(entry)) include(entry);
    }
    for (const OwnedEntry& event : gone) include(event);
    return facts;
  }
  EngagementTotals Totals() const {
    EngagementTotals sum = totals;
    for (const auto& [order, entry] : entries) {
      if (IsEffective(entry)) Include(entry, &sum);
    }
    return sum;
  }
};

RC_GTEST_PROP(JournalProperty, FoldsAsThePlainModelDoes, ()) {
  const size_t max_entries = *rc::gen::inRange<size_t>(1, 12);
  // The minimum is an entry's least size, so that either bound is often the narrower one.
  const size_t max_bytes = *rc::gen::inRange<size_t>(64, 2000);
  auto entries = *rc::gen::container<std::vector<OwnedEntry>>(testing::AnyEntry());
  Journal journal;
  PlainJournal plain;
  for (const OwnedEntry& entry : entries) {
    const size_t foreseen = journal.FoldedBy(entry, max_entries, max_bytes);
    const size_t folded = journal.Add(entry, max_entries, max_bytes, kAddresses).folded;
    plain.Add(entry, max_entries, max_bytes);
    const bool is_held = plain.Find(entry.event_id, PlainJournal::OriginOf(entry)) != plain.entries.end();
    RC_ASSERT(folded <= foreseen + (is_held ? 0 : 1));
    RC_ASSERT(journal.entries().size() == plain.entries.size());
    size_t i = 0;
    for (const auto& [order, expected] : plain.entries) {
      const JournalEntry& held = journal.entries()[i++];
      RC_ASSERT(held.event_id() == expected.event_id);
      RC_ASSERT(held.effective() == plain.IsEffective(expected));
      RC_ASSERT(held.origin() == PlainJournal::OriginOf(expected));
    }
    for (const AddressSlot address : {0, 1, 2}) RC_ASSERT(journal.FactsOf(address) == plain.FactsOf(address));
    RC_ASSERT(journal.folded().newest_event_id == plain.newest.second);
    RC_ASSERT(journal.folded().totals == plain.totals);
    RC_ASSERT(journal.Totals() == plain.Totals());
  }
}

// Draws entries for long journals, which find duplicates and keep totals in their own way. Their ids and times often
// coincide, and their texts are few, so that many are made fast.
rc::Gen<OwnedEntry> AnyShortEntry() {
  return rc::gen::exec([] {
    const int id = *rc::gen::inRange(0, 400);
    OwnedEntry entry = testing::Entry(
        *rc::gen::element(EventType::kOpen, EventType::kClick, EventType::kBounce, EventType::kRetract),
        *rc::gen::element<int64_t>(id % 300, *rc::gen::inRange<int64_t>(0, 300)), "event-" + std::to_string(id));
    testing::ChooseAddress(&entry);
    entry.machine = *rc::gen::inRange(0, 8) == 0;
    entry.message_id = "message-" + std::to_string(*rc::gen::inRange(0, 80));
    if (*rc::gen::arbitrary<bool>()) entry.name = *rc::gen::element<std::string>("a", "A", "page", "Ö");
    if (*rc::gen::arbitrary<bool>()) entry.campaign_id = "campaign-" + std::to_string(*rc::gen::inRange(0, 20));
    entry.bounce_kind = *rc::gen::element(BounceKind::kHard, BounceKind::kSoft);
    if (entry.type == EventType::kRetract) entry.subject = "event-" + std::to_string(*rc::gen::inRange(0, 400));
    return entry;
  });
}

// Checks that a scan of all entries finds what the codes of a long journal find. A code with a name may find other
// entries, too.
void CheckKinds(const Journal& journal) {
  if (journal.kinds() == nullptr) return;
  const auto type = *rc::gen::element(EventType::kOpen, EventType::kBounce, EventType::kRetract);
  const auto machine = *rc::gen::element<std::optional<bool>>(std::nullopt, false, true);
  const auto bounce = *rc::gen::element<std::optional<BounceKind>>(std::nullopt, BounceKind::kHard, BounceKind::kSoft);
  const std::string name = *rc::gen::element<std::string>("", "", "a", "ö");
  EntryCode kind(type);
  if (machine) kind.MustBeMachine(*machine);
  if (bounce) kind.MustBounce(*bounce);
  if (!name.empty()) kind.MaybeNamed(name);
  std::vector<size_t> found;
  for (size_t i = journal.kinds()->First(kind, 0); i < journal.entries().size();) {
    found.push_back(i);
    i = journal.kinds()->First(kind, i + 1);
  }
  std::vector<size_t> expected;
  for (size_t i = 0; i < journal.entries().size(); ++i) {
    const JournalEntry& entry = journal.entries()[i];
    const bool is_of_kind = entry.type == type && type != EventType::kRetract && !entry.retracted &&
                            (!machine || entry.machine == *machine) &&
                            (!bounce || (entry.bounce_kind == BounceKind::kSoft) == (*bounce == BounceKind::kSoft));
    const bool is_found = std::ranges::find(found, i) != found.end();
    if (is_of_kind && (name.empty() || is_found || FoldCase(entry.name()) == name)) expected.push_back(i);
  }
  RC_ASSERT(found == expected);
  const size_t place = *rc::gen::inRange<size_t>(0, journal.entries().size() + 1);
  const auto split = std::ranges::lower_bound(found, place);

  RC_ASSERT(journal.kinds()->Last(kind, place) == (split == found.begin() ? std::nullopt : std::optional(split[-1])));
}

RC_GTEST_PROP(JournalProperty, LongOnesAreAsThePlainModel, ()) {
  const size_t bound = *rc::gen::element<size_t>(50, 70, 100, 1000);
  const auto entries = *rc::gen::container<std::vector<OwnedEntry>>(200, AnyShortEntry());
  Journal journal;
  PlainJournal plain;
  std::string written;
  for (const OwnedEntry& entry : entries) {
    journal.Add(entry, bound, kMaxJournalBytes, kAddresses);
    if (journal.written() > 0) RC_ASSERT(EncodeJournal(journal.entries().first(journal.written())) == written);
    if (*rc::gen::inRange(0, 4) == 0) {
      journal.SetWritten();
      written = EncodeJournal(journal.entries());
    }
    plain.Add(entry, bound, kMaxJournalBytes);
    RC_ASSERT(journal.entries().size() == plain.entries.size());
    RC_ASSERT(journal.Totals() == plain.Totals());
    for (const AddressSlot address : {0, 1, 2}) RC_ASSERT(journal.FactsOf(address) == plain.FactsOf(address));
    if (*rc::gen::inRange(0, 4) == 0) CheckKinds(journal);
    if (*rc::gen::inRange(0, 50) == 0) journal = Journal(journal);
    if (*rc::gen::inRange(0, 20) == 0) journal.KeepStored(EncodeJournal(journal.entries()));
    if (*rc::gen::inRange(0, 20) == 0) journal.ForgetStored();
    const bool encoded = *rc::gen::inRange(0, 4) == 0;
    if (journal.stored() != nullptr) RC_ASSERT(*journal.stored() == EncodeJournal(journal.entries()));
    EncodedJournal* const kept = encoded ? journal.Kept() : nullptr;
    if (kept == nullptr) continue;
    RC_ASSERT(kept->Extend(journal.entries()) == EncodeJournal(journal.entries()));
    RC_ASSERT(kept->Hash() == EntriesHash().Of(kept->EntriesFrom(0)));
  }
  RC_ASSERT(journal.folded().totals == plain.totals);
  const auto same_id = [](const JournalEntry& held, const auto& expected) {
    return held.event_id() == expected.second.event_id && held.message_id() == expected.second.message_id &&
           held.origin() == PlainJournal::OriginOf(expected.second);
  };
  RC_ASSERT(std::ranges::equal(journal.entries(), plain.entries, same_id));
  const std::vector<OwnedEntry> held = testing::OwnedEntriesOf(journal.entries());
  const Journal restored(testing::FieldsOf(held), journal.folded());
  RC_ASSERT(restored.Totals() == journal.Totals());
  CheckKinds(restored);
}

RC_GTEST_PROP(JournalProperty, MemoryNeverUnderflows, ()) {
  Journal journal;
  for (const OwnedEntry& entry : *rc::gen::container<std::vector<OwnedEntry>>(testing::AnyEntry())) {
    journal.Add(entry, 2);
    Journal copy = journal;
    RC_ASSERT(copy.MemoryBytes() < 1'000'000u);
    journal = copy;
  }
}

RC_GTEST_PROP(CodecProperty, LeadsAreReadBackAsTheyWere, ()) {
  const Lead any = *testing::AnyLead();
  const Result<Lead> normal = DecodeLead(any.key, EncodeLead(any));  // with texts in normal form
  if (!normal.ok()) RC_FAIL(normal.status().message());
  const Lead& lead = *normal;
  std::string bytes = EncodeLead(lead);
  Result<Lead> decoded = DecodeLead(lead.key, bytes);
  if (!decoded.ok()) RC_FAIL(decoded.status().message());
  RC_ASSERT(*decoded == lead);
  for (const JournalEntry& entry : decoded->journal.entries()) {
    RC_ASSERT(entry.id_hash() == HashEventId(entry.event_id()));
  }
  RC_ASSERT(EncodeLead(*decoded) == bytes);
}

RC_GTEST_PROP(CodecProperty, AnyBytesAreAJournalOrAnError, (const std::string& bytes)) {
  Result<std::vector<EntryFields>> decoded = DecodeJournal(bytes);
  if (!decoded.ok()) RC_ASSERT(decoded.status().message().starts_with("journal"));
}

RC_GTEST_PROP(CodecProperty, AMutatedJournalIsAJournalOrAnError, ()) {
  Journal journal = JournalOf(*testing::DistinctEntries(), kRoomy);
  std::string bytes = EncodeJournal(journal.entries());
  for (size_t at : *rc::gen::nonEmpty(rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, 100'000)))) {
    bytes[at % bytes.size()] = *rc::gen::arbitrary<char>();
  }
  bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size() + 3));
  Result<std::vector<EntryFields>> decoded = DecodeJournal(bytes);
  if (!decoded.ok()) return;
  // A decoded journal keeps its invariants and can be encoded again.
  const Journal read(*decoded, {});
  const std::string written = EncodeJournal(read.entries());
  Result<std::vector<EntryFields>> again = DecodeJournal(written);
  RC_ASSERT(again.ok());
  RC_ASSERT(Journal(*again, {}) == read);
}

RC_GTEST_PROP(CodecProperty, AnyBytesAreALeadOrAnError, (std::string bytes)) {
  if (!bytes.empty() && *rc::gen::arbitrary<bool>())
    bytes[0] = *rc::gen::element(kFirstRowVersion, kRowVersion, kAppendMark);
  RC_ASSERT(!DecodeLead({"acme", "ann"}, bytes).ok());
}

// The checksum is right: a program with a bug might have written this.
RC_GTEST_PROP(CodecProperty, AMutatedBodyIsALeadOrAnError, ()) {
  Lead lead = *testing::AnyLead();
  std::string body = EncodeLead(lead).substr(kRowBodyAt);
  for (size_t at : *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, 100'000))) {
    body[at % body.size()] = *rc::gen::arbitrary<char>();
  }
  body.resize(*rc::gen::inRange<size_t>(0, body.size() + 3));
  Result<Lead> decoded = DecodeLead(lead.key, SealLeadBody(lead.key, body));
  if (decoded.ok()) RC_ASSERT(DecodeLead(lead.key, EncodeLead(*decoded)).ok());
}

RC_GTEST_PROP(CodecProperty, AMutatedLeadIsAnError, ()) {
  Lead lead = *testing::AnyLead();
  std::string bytes = EncodeLead(lead);
  std::string mutated = bytes;
  size_t at = *rc::gen::inRange<size_t>(0, bytes.size());
  mutated[at] = *rc::gen::arbitrary<char>();
  if (*rc::gen::arbitrary<bool>()) mutated.resize(*rc::gen::inRange<size_t>(0, bytes.size() + 3));
  RC_PRE(mutated != bytes);
  RC_ASSERT(!DecodeLead(lead.key, mutated).ok());
}

}  // namespace leadpulse::state::state_property_test
