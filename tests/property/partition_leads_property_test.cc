// The cache over a store behaves as a plain map, whatever is done with it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "state/cache/partition_leads.h"
#include "state/codec/lead_codec.h"
#include "tests/property/lead_generators.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::state::partition_leads_property_test {

constexpr PartitionId kPartition{0};
constexpr int kKeys = 12;

LeadKey KeyOf(int number) { return {"acme", "lead-" + std::to_string(number)}; }
int NumberOf(const LeadKey& key) { return std::stoi(key.lead.substr(key.lead.find('-') + 1)); }

// The fields that differ between versions of a lead, and the journal, which may be stored as bytes.
struct PlainLead {
  uint64_t seq = 0;
  Instant next_change_at = Instant::Never();
  Journal journal;
  Profile profile;
};
struct PlainState {
  std::map<int, PlainLead> leads;
  std::map<int, Erasure> erasures;
};

class CacheRun {
 public:
  void Step() {
    int number = *rc::gen::inRange(0, kKeys);
    switch (*rc::gen::weightedElement<int>({{6, 0}, {3, 1}, {2, 2}, {4, 3}, {2, 4}, {1, 5}, {2, 6}, {2, 7}})) {
      case 0:
        return Change(number);
      case 1:
        return Look(number);
      case 2:
        return Erase(number);
      case 3:
        return AskTimers();
      case 4:
        return Commit();
      case 5:
        return Restart();
      case 6:
        return Prefetch();
      default:
        return Walk();
    }
  }

  void CheckStore() {
    Commit();
    RC_ASSERT(Stored() == now_.leads.size());
    std::vector<DueTimer> timers = *store_->DueTimers(kPartition, Instant::DistantPast(), Instant::Never(), 1000);
    RC_ASSERT(timers.size() == Due(Instant::DistantPast(), Instant::Never()).size());
    for (const auto& [number, plain] : now_.leads) {
      const Result<Lead> lead = DecodeLead(KeyOf(number), **store_->Get(kPartition, EncodeLeadKey(KeyOf(number))));
      RC_ASSERT(lead.ok());
      CheckLead(number, &*lead);
    }
  }
  size_t appends() const { return appends_; }

 private:
  void Change(int number) {
    Lead* lead = *leads_->Find(KeyOf(number));
    RC_ASSERT((lead != nullptr) == now_.leads.contains(number));
    if (lead == nullptr) lead = leads_->Create(KeyOf(number));
    PlainLead& plain = ChangeView(number, lead);
    if (*rc::gen::inRange(0, 4) == 0) {
      lead->profile.attributes["company"].sent = "a company of " + std::to_string(seq_);
      leads_->MarkProfileChanged(lead);
      plain.profile = lead->profile;
    }
    if (*rc::gen::arbitrary<bool>()) return;
    // Leads with odd numbers have long journals: their rows are mostly appended to at the end.
    const size_t bound = number % 2 == 0 ? 3 : 90;
    const int entries = number % 2 == 0 ? 1 : 15;
    for (int i = 0; i < entries; ++i) {
      const auto minute = static_cast<int64_t>(seq_) - *rc::gen::element(0, 0, 0, 0, 0, 0, 0, 4);
      const std::string id = "an-open-of-the-mail-" + std::to_string(seq_) + static_cast<char>('a' + i);
      const auto entry = testing::Entry(EventType::kOpen, minute, id);
      lead->journal.Add(entry, bound);
      plain.journal.Add(entry, bound);
    }
  }

  PlainLead& ChangeView(int number, Lead* lead) {
    leads_->MarkDirty(lead);
    PlainLead& plain = now_.leads[number];
    plain.seq = lead->last_seq.value = ++seq_;
    plain.next_change_at = lead->next_change_at = *rc::gen::weightedOneOf<Instant>(
        {{1, rc::gen::just(Instant::Never())},
         {4, rc::gen::map(rc::gen::inRange<int64_t>(0, 20), [](int64_t at) { return Instant{at}; })}});
    return plain;
  }

  void CheckLead(int number, const Lead* lead) const {
    auto plain = now_.leads.find(number);
    RC_ASSERT((lead != nullptr) == (plain != now_.leads.end()));
    if (lead == nullptr) return;
    RC_ASSERT(lead->key == KeyOf(number));
    RC_ASSERT(lead->last_seq.value == plain->second.seq);
    RC_ASSERT(lead->next_change_at == plain->second.next_change_at);
    RC_ASSERT(lead->journal == plain->second.journal);
    RC_ASSERT(lead->profile == plain->second.profile);
  }

  // Walks all leads as a rollout of definitions does: rows come from the store, this epoch's versions override them,
  // and some leads change without an event.
  void Walk() {
    std::vector<std::pair<std::string, std::string>> rows;
    RC_ASSERT(store_
                  ->VisitLeads(kPartition, "",
                               [&](std::string_view key, std::string_view value) {
                                 rows.emplace_back(key, value);
                                 return true;
                               })
                  .ok());
    for (const auto& [encoded, value] : rows) {
      const int number = NumberOf(*ParseLeadKey(encoded));
      Lead* lead = *leads_->FindOrLoad(KeyOf(number), value);
      CheckLead(number, lead);
      if (lead != nullptr && *rc::gen::inRange(0, 3) == 0) ChangeView(number, lead);
    }
  }

  void Look(int number) {
    CheckLead(number, *leads_->Find(KeyOf(number)));
    std::optional<Erasure> erasure = *leads_->FindErasure(KeyOf(number));
    auto erased = now_.erasures.find(number);
    RC_ASSERT(erasure.has_value() == (erased != now_.erasures.end()));
    if (erasure) RC_ASSERT(*erasure == erased->second);
  }

  void Erase(int number) {
    RC_ASSERT(leads_->Find(KeyOf(number)).ok());
    Erasure erasure{Instant{*rc::gen::inRange<int64_t>(0, 100)}, {++seq_}};
    leads_->Erase(KeyOf(number), erasure);
    now_.leads.erase(number);
    now_.erasures[number] = erasure;
  }

  void AskTimers() {
    Instant from{*rc::gen::inRange<int64_t>(-2, 22)};
    Instant until{*rc::gen::inRange<int64_t>(-2, 22)};
    if (*rc::gen::inRange(0, 5) == 0) from = Instant::DistantPast();
    if (*rc::gen::inRange(0, 5) == 0) until = Instant::Never();
    auto limit = *rc::gen::inRange<size_t>(1, 8);
    auto expected = Due(from, until);
    if (expected.size() > limit) expected.resize(limit);
    std::vector<std::pair<Instant, std::string>> due;
    std::vector<DueTimer> timers = *leads_->DueTimers(from, until, limit);
    for (const DueTimer& timer : timers) due.emplace_back(timer.due, timer.key);
    RC_ASSERT(due == expected);
  }

  void Prefetch() {
    std::vector<LeadKey> keys;
    for (int number : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kKeys))) {
      keys.push_back(KeyOf(number));
    }
    std::vector<const LeadKey*> announced;
    for (const LeadKey& key : keys) announced.push_back(&key);
    const auto covered = leads_->Prefetch(announced, *rc::gen::element<size_t>(1, 2000, 20'000, LeadStore::kAllRows));
    RC_ASSERT(covered.ok());
    RC_ASSERT(*covered <= announced.size());
  }

  void Commit() {
    EpochWrite write;
    leads_->CollectWrites(&write);
    for (const RowWrite& lead : write.leads) appends_ += lead.appended ? 1 : 0;
    RC_ASSERT(store_->Commit(write).ok());
    leads_->Committed();
    RC_ASSERT(leads_->dirty_count() == 0u);
    RC_ASSERT(leads_->dirty_bytes() == 0u);
    committed_ = now_;
  }

  // Restarts with another cache size, often 0.
  void Restart() {
    size_t bytes = *rc::gen::element<size_t>(0, 0, 3000, 100'000);
    leads_ = std::make_unique<PartitionLeads>(kPartition, store_.get(), bytes, nullptr);
    now_ = committed_;
  }

  std::vector<std::pair<Instant, std::string>> Due(Instant from, Instant until) const {
    std::vector<std::pair<Instant, std::string>> due;
    for (const auto& [number, lead] : now_.leads) {
      if (lead.next_change_at == Instant::Never() || lead.next_change_at < from || lead.next_change_at > until)
        continue;
      due.emplace_back(lead.next_change_at, EncodeLeadKey(KeyOf(number)));
    }
    std::ranges::sort(due);
    return due;
  }

  size_t Stored() const {
    size_t count = 0;
    Status status = store_->VisitLeads(kPartition, "", [&](std::string_view, std::string_view) {
      ++count;
      return true;
    });
    RC_ASSERT(status.ok());
    return count;
  }

  std::unique_ptr<LeadStore> store_ = MakeMemoryLeadStore(1);
  std::unique_ptr<PartitionLeads> leads_ =
      std::make_unique<PartitionLeads>(kPartition, store_.get(), size_t{5000}, nullptr);
  PlainState now_, committed_;
  uint64_t seq_ = 0;
  size_t appends_ = 0;
};

RC_GTEST_PROP(PartitionLeadsProperty, BehavesAsAPlainMap, ()) {
  CacheRun run;
  int steps = *rc::gen::inRange(1, 120);
  for (int i = 0; i < steps; ++i) run.Step();
  run.CheckStore();
  RC_CLASSIFY(run.appends() > 0, "appended to rows");
}

}  // namespace leadpulse::state::partition_leads_property_test
