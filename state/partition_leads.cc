#include "state/partition_leads.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/prefetch.h"
#include "state/lead_codec.h"
#include "state/lead_slots.h"
#include "state/timer_reader.h"

namespace leadpulse::state {
namespace {

// Bytes. What the nodes of maps and deques take beside their texts, roughly.
constexpr size_t kAttributeNode = 192;
constexpr size_t kNameNode = 112;
constexpr size_t kConsentNode = 160;

// Leads. How far ahead memory is asked for: what comes in meanwhile should still be in the nearest cache when its turn
// comes, and be there by then.
constexpr size_t kAhead = 8;

size_t ProfileMemory(const Profile& profile) {
  size_t bytes = 2 * ProfileBytes(profile);  // attributes as sent and converted, names with their folds
  bytes += profile.attributes.size() * kAttributeNode + profile.consents.size() * kConsentNode;
  bytes += (profile.tags.size() + profile.lists.size() + profile.campaigns.size()) * kNameNode;
  for (const Note& note : profile.notes) bytes += sizeof note + note.actor.size() + note.text.size();
  for (const std::string& id : profile.applied_command_ids) bytes += sizeof id + id.size();
  return bytes;
}

bool Earlier(const DueTimer& a, const DueTimer& b) { return std::tie(a.due, a.key) < std::tie(b.due, b.key); }

}  // namespace

class PartitionLeads::Impl {
 public:
  Impl(PartitionId partition, LeadStore* store, size_t cache_bytes, OnLoad on_load)
      : partition_(partition),
        store_(store),
        cache_bytes_(cache_bytes),
        on_load_(std::move(on_load)),
        timers_(partition, store) {}

  PartitionId partition() const { return partition_; }
  size_t dirty_count() const { return dirty_.size(); }
  size_t dirty_bytes() const { return dirty_bytes_; }

  Status Prefetch(std::span<const EncodedLeadKey> keys) {
    expected_.clear();
    next_expected_ = 0;
    std::vector<LeadSlot*> found;
    std::vector<EncodedLeadKey> unknown;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (i + kAhead < keys.size()) slots_.Prefetch(keys[i + kAhead]);
      found.push_back(slots_.Find(keys[i]));
      if (found.back() == nullptr) unknown.push_back(keys[i]);
    }
    if (!unknown.empty()) {
      LP_RETURN_IF_ERROR(LoadAll(std::move(unknown)));
      for (size_t i = 0; i < keys.size(); ++i) {
        if (found[i] == nullptr) found[i] = slots_.Find(keys[i]);
      }
    }
    expected_ = std::move(found);
    return Status::Ok();
  }

  Status LoadAll(std::vector<EncodedLeadKey> unknown) {
    std::ranges::sort(unknown);
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    auto values = store_->MultiGet(partition_, unknown);
    if (!values.ok()) return values.status();
    for (size_t i = 0; i < unknown.size(); ++i) {
      Result<LeadSlot*> slot = Load(unknown[i], (*values)[i]);
      if (!slot.ok()) return slot.status();
    }
    return Status::Ok();
  }

  Result<Lead*> Find(const LeadKey& key) {
    std::string_view encoded = Encode(key);
    LeadSlot* slot = FindExpected(encoded);
    if (slot == nullptr) slot = slots_.Find(encoded);
    if (slot == nullptr) {
      auto value = store_->Get(partition_, encoded);
      if (!value.ok()) return value.status();
      Result<LeadSlot*> loaded = Load(encoded, *value);
      if (!loaded.ok()) return loaded.status();
      slot = *loaded;
    }
    return slot->held ? static_cast<Lead*>(slot) : nullptr;
  }

  Result<std::optional<Erasure>> FindErasure(const LeadKey& key) {
    std::string_view encoded = Encode(key);
    LeadSlot* slot = slots_.Find(encoded);
    if (slot != nullptr && slot->erasure) return slot->erasure;
    if (!store_->HasErasures(partition_)) return std::optional<Erasure>();
    return store_->GetErasure(partition_, encoded);
  }

  Lead* Create(const LeadKey& key) {
    LeadSlot* slot = slots_.Find(Encode(key));
    LP_ASSERT(slot != nullptr && !slot->held);  // the caller has looked for it and found none
    slot->key = key;
    slot->held = true;
    MarkDirty(slot);
    return slot;
  }

  void MarkDirty(Lead* lead) {
    auto* slot = static_cast<LeadSlot*>(lead);
    LP_ASSERT(slot->held);
    MakeDirty(slot);
    // May be a step behind, where it is about to change. The profile is measured again when the epoch ends.
    Measure(slot, slot->profile_bytes);
  }

  void Erase(const LeadKey& key, const Erasure& erasure) {
    LeadSlot* slot = slots_.Find(Encode(key));
    LP_ASSERT(slot != nullptr);  // the caller has looked for it
    MakeDirty(slot);
    static_cast<Lead&>(*slot) = Lead();
    slot->held = false;
    slot->erasure = erasure;
    Measure(slot, 0);
    ListAsGoing(slot);
  }

  Result<std::vector<DueTimer>> DueTimers(Instant from, Instant until, size_t limit) {
    std::vector<DueTimer> due;
    auto changed = [this](std::string_view key) { return slots_.IsDirty(key); };
    LP_RETURN_IF_ERROR(timers_.Read(from, until, limit, changed, &due));
    const auto stored = static_cast<ptrdiff_t>(due.size());
    for (const LeadSlot* slot : FlipsOfDirty(from, until, limit)) due.push_back({slot->next_flip, slot->encoded_key});
    std::inplace_merge(due.begin(), due.begin() + stored, due.end(), Earlier);
    if (due.size() > limit) due.resize(limit);
    return due;
  }

  // By key: rows that stand beside each other in the store are written one after the other, which costs it half.
  void CollectWrites(EpochWrite* write) {
    SortDirtyByKey();
    write->leads.reserve(write->leads.size() + dirty_.size());
    for (size_t i = 0; i < dirty_.size(); ++i) {
      PrefetchDirty(i + kAhead);
      if (i + kAhead / 2 < dirty_.size()) {
        dirty_[i + kAhead / 2]->journal.PrefetchEntries();
        dirty_[i + kAhead / 2]->journal.PrefetchTexts();
      }
      const LeadSlot* slot = dirty_[i];
      if (slot->held) {
        write->leads.push_back(
            {partition_, slot->encoded_key, encoder_.Encode(*slot), slot->stored_timer, slot->next_flip});
      } else if (slot->stored) {
        write->leads.push_back({partition_, slot->encoded_key, std::nullopt, slot->stored_timer, Instant::Never()});
      }
      if (slot->erasure) write->erasures.push_back({partition_, slot->encoded_key, *slot->erasure});
    }
  }

  void Committed() {
    Instant earliest = Instant::Never();
    for (size_t i = 0; i < dirty_.size(); ++i) {
      PrefetchDirty(i + kAhead);
      LeadSlot* slot = dirty_[i];
      slot->dirty = false;
      slot->erasure.reset();
      slot->stored = slot->held;
      slot->stored_timer = slot->held ? slot->next_flip : Instant::Never();
      earliest = std::min(earliest, slot->stored_timer);
      Measure(slot, ProfileMemory(slot->profile));
    }
    timers_.StoreWritten(earliest);
    EndEpoch();
  }

  void Abort() {
    for (LeadSlot* slot : dirty_) {
      slot->dirty = false;
      slot->held = false;
      ListAsGoing(slot);
    }
    timers_.Forget();
    EndEpoch();
  }

 private:
  // Valid until the next call: a look-up allocates nothing.
  std::string_view Encode(const LeadKey& key) {
    encoded_.assign(key.tenant);
    encoded_.push_back('\0');
    encoded_.append(key.lead);
    return encoded_;
  }

  // Records come in the order in which they were announced to Prefetch: the next one's lead is known without a look-up,
  // and those of the ones after it can be on their way from memory. Null: it is another one.
  LeadSlot* FindExpected(std::string_view encoded) {
    if (next_expected_ == expected_.size()) return nullptr;
    LeadSlot* slot = expected_[next_expected_];
    if (slot->encoded_key != encoded) return nullptr;
    ++next_expected_;
    const auto ahead = std::span(expected_).subspan(next_expected_);
    if (ahead.size() > kAhead) PrefetchMemory(ahead[kAhead], sizeof(LeadSlot));
    if (ahead.size() > kAhead / 2) ahead[kAhead / 2]->journal.PrefetchEntries();
    slots_.MarkUsed(slot);
    return slot;
  }

  // Of a key that no slot has. `value` is what the store has under it.
  Result<LeadSlot*> Load(std::string_view encoded, const std::optional<std::string>& value) {
    if (!value) {
      LeadSlot* absent = slots_.Insert(encoded);
      Measure(absent, 0);
      ListAsGoing(absent);
      return absent;
    }
    Result<LeadKey> key = DecodeLeadKey(encoded);
    if (!key.ok()) return key.status();
    Result<Lead> lead = DecodeLead(*key, *value);
    if (!lead.ok()) return lead.status();
    LeadSlot* slot = slots_.Insert(encoded);
    static_cast<Lead&>(*slot) = std::move(*lead);
    slot->held = slot->stored = true;
    slot->stored_timer = slot->next_flip;
    if (on_load_) on_load_(slot);
    Measure(slot, ProfileMemory(slot->profile));
    return slot;
  }

  void MakeDirty(LeadSlot* slot) {
    if (slot->dirty) return;
    slot->dirty = true;
    dirty_.push_back(slot);
    dirty_bytes_ += slot->bytes;
  }

  void Measure(LeadSlot* slot, size_t profile_bytes) {
    size_t bytes = sizeof *slot + slot->encoded_key.size() + slot->journal.MemoryBytes() + profile_bytes +
                   slot->view.segments.capacity() * sizeof(uint32_t);
    if (slot->dirty) dirty_bytes_ += bytes - slot->bytes;
    slot->profile_bytes = profile_bytes;
    slots_.SetBytes(slot, bytes);
  }

  void ListAsGoing(LeadSlot* slot) {
    if (slot->may_go) return;
    slot->may_go = true;
    going_.push_back(slot);
  }

  // That a lead is absent is remembered for the epoch only, so that only leads fill the cache.
  void EndEpoch() {
    for (LeadSlot* slot : going_) {
      slot->may_go = false;
      if (!slot->held) slots_.Remove(slot);
    }
    going_.clear();
    expected_.clear();
    next_expected_ = 0;
    dirty_.clear();
    dirty_bytes_ = 0;
    slots_.EvictDownTo(cache_bytes_);
  }

  void PrefetchDirty(size_t index) const {
    if (index < dirty_.size()) PrefetchMemory(dirty_[index], sizeof(LeadSlot));
  }

  // The keys are taken along, for a comparison through two slots would wait for memory twice.
  void SortDirtyByKey() {
    std::vector<std::pair<std::string_view, LeadSlot*>> by_key;
    by_key.reserve(dirty_.size());
    for (size_t i = 0; i < dirty_.size(); ++i) {
      PrefetchDirty(i + kAhead);
      by_key.emplace_back(dirty_[i]->encoded_key, dirty_[i]);
    }
    std::ranges::sort(by_key);
    for (size_t i = 0; i < dirty_.size(); ++i) dirty_[i] = by_key[i].second;
  }

  // The first `limit` of the dirty leads by (next_flip, key), in this order.
  std::vector<const LeadSlot*> FlipsOfDirty(Instant from, Instant until, size_t limit) const {
    std::vector<const LeadSlot*> flips;
    for (const LeadSlot* slot : dirty_) {
      bool due = slot->held && from <= slot->next_flip && slot->next_flip <= until;
      if (due && slot->next_flip != Instant::Never()) flips.push_back(slot);
    }
    auto end = flips.begin() + static_cast<ptrdiff_t>(std::min(limit, flips.size()));
    std::partial_sort(flips.begin(), end, flips.end(), [](const LeadSlot* a, const LeadSlot* b) {
      return std::tie(a->next_flip, a->encoded_key) < std::tie(b->next_flip, b->encoded_key);
    });
    flips.erase(end, flips.end());
    return flips;
  }

  const PartitionId partition_;
  LeadStore* const store_;
  const size_t cache_bytes_;
  const OnLoad on_load_;
  LeadSlots slots_;
  TimerReader timers_;
  std::vector<LeadSlot*> dirty_;
  std::vector<LeadSlot*> expected_;  // those of the last Prefetch, in its order
  size_t next_expected_ = 0;
  std::vector<LeadSlot*> going_;  // those that may hold no lead at the epoch's end
  size_t dirty_bytes_ = 0;
  LeadEncoder encoder_;
  std::string encoded_;
};

PartitionLeads::PartitionLeads(PartitionId partition, LeadStore* store, size_t cache_bytes, OnLoad on_load)
    : impl_(std::make_unique<Impl>(partition, store, cache_bytes, std::move(on_load))) {}
PartitionLeads::~PartitionLeads() = default;

PartitionId PartitionLeads::partition() const { return impl_->partition(); }
Status PartitionLeads::Prefetch(std::span<const EncodedLeadKey> keys) { return impl_->Prefetch(keys); }
Result<Lead*> PartitionLeads::Find(const LeadKey& key) { return impl_->Find(key); }
Result<std::optional<Erasure>> PartitionLeads::FindErasure(const LeadKey& key) { return impl_->FindErasure(key); }
Lead* PartitionLeads::Create(const LeadKey& key) { return impl_->Create(key); }
void PartitionLeads::MarkDirty(Lead* lead) { impl_->MarkDirty(lead); }
void PartitionLeads::Erase(const LeadKey& key, const Erasure& erasure) { impl_->Erase(key, erasure); }
Result<std::vector<DueTimer>> PartitionLeads::DueTimers(Instant from, Instant until, size_t limit) {
  return impl_->DueTimers(from, until, limit);
}
size_t PartitionLeads::dirty_count() const { return impl_->dirty_count(); }
size_t PartitionLeads::dirty_bytes() const { return impl_->dirty_bytes(); }
void PartitionLeads::CollectWrites(EpochWrite* write) { impl_->CollectWrites(write); }
void PartitionLeads::Committed() { impl_->Committed(); }
void PartitionLeads::Abort() { impl_->Abort(); }

}  // namespace leadpulse::state
