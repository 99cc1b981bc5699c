#include "state/cache/partition_leads.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "processor/base/assert.h"
#include "state/cache/lead_cache.h"
#include "state/cache/sorted_keys.h"
#include "state/codec/lead_codec.h"
#include "state/store/timer_reader.h"

namespace leadpulse::state {
namespace {

// The assumed bytes of a lead until one has been loaded.
constexpr size_t kSupposedLeadBytes = 2 << 10;
// Bytes of memory for each byte of a lead's row: attributes are held as sent and as converted.
constexpr size_t kMemoryOfRow = 2;

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
  size_t epoch_bytes() const { return std::max(dirty_bytes_, slots_.bytes() - std::min(slots_.bytes(), cache_bytes_)); }

  // Loads the leads of keys as ExpectedLeads takes them.
  template <typename Keys>
  Result<size_t> Prefetch(const Keys& keys, size_t max_bytes) {
    const std::vector<size_t> unknown = expected_.Expect(keys);
    if (unknown.empty()) return keys.size();
    if (Status loaded = Load(unknown, max_bytes); !loaded.ok()) {
      expected_.Clear();
      return loaded;
    }
    const size_t loaded = expected_.FindLoaded(unknown);
    if (loaded > 0) return loaded;
    // Rows are read in the order of the store: the first lead's may be behind the bound.
    if (Status first = LoadGroup(std::span(unknown).first(1), LeadStore::kAllRows).status(); !first.ok()) {
      expected_.Clear();
      return first;
    }
    return expected_.FindLoaded(unknown);
  }

  // Loads the expected leads at the indexes `unknown`, in groups whose size follows from the previous group. Usually
  // there is one group. A group whose rows are larger than expected ends at the bound.
  Status Load(std::span<const size_t> unknown, size_t max_bytes) {
    const size_t before = slots_.bytes();
    while (!unknown.empty()) {
      const size_t taken = slots_.bytes() - before;
      if (taken >= max_bytes) break;
      const size_t fit = std::max<size_t>(1, (max_bytes - taken) / mean_loaded_bytes_);
      const auto group = unknown.first(std::min(fit, unknown.size()));
      LP_ASSIGN_OR_RETURN(bool whole, LoadGroup(group, (max_bytes - taken) / kMemoryOfRow));
      if (!whole) break;
      unknown = unknown.subspan(group.size());
    }
    return Status::Ok();
  }

  // Returns false if not all were loaded, because their rows take more than `max_bytes`.
  Result<bool> LoadGroup(std::span<const size_t> group, size_t max_bytes) {
    SortedKeys<const SlotKey*> absent;
    for (const size_t i : group) {
      const SlotKey& key = expected_.key(i);
      if (slots_.Find(key) == nullptr) absent.Add(key.tenant(), key.lead(), &key);
    }
    std::vector<EncodedLeadKey> rows;
    std::vector<const SlotKey*> row_keys;
    for (const auto& row : absent.Sort()) {
      if (!rows.empty() && rows.back() == row.key) continue;
      rows.emplace_back(row.key);
      row_keys.push_back(row.value);
    }
    if (rows.empty()) return true;
    LP_ASSIGN_OR_RETURN(auto values, store_->MultiGet(partition_, rows, max_bytes));
    const size_t before = slots_.bytes();
    for (size_t i = 0; i < values.size(); ++i) {
      Result<CachedLead*> slot = Load(*row_keys[i], values[i]);
      if (!slot.ok()) return slot.status();
      values[i].reset();
    }
    mean_loaded_bytes_ = std::max<size_t>(1, (slots_.bytes() - before) / values.size());
    return values.size() == rows.size();
  }

  Result<Lead*> Find(const LeadKey& key) {
    CachedLead* slot = expected_.Take(key);
    if (slot != nullptr) {
      slots_.MarkUsed(slot);
    } else {
      slot = Look(key);
    }
    if (slot == nullptr) {
      LP_ASSIGN_OR_RETURN(auto value, store_->Get(partition_, EncodeLeadKey(key)));
      LP_ASSIGN_OR_RETURN(slot, Load(SlotKey(key), value));
    }
    last_found_ = slot;
    return slot->held ? static_cast<Lead*>(slot) : nullptr;
  }

  Result<size_t> VisitRows(std::span<const std::string_view> rows, size_t max_bytes, const RowVisitor& visit) {
    for (const std::string_view row : rows) {
      if (row.find('\0') == std::string_view::npos) return ParseLeadKey(row).status();
    }
    if (rows.empty()) return size_t{0};
    LP_ASSIGN_OR_RETURN(const size_t loaded, Prefetch(rows, max_bytes));
    size_t visited = 0;
    for (size_t bytes = 0; visited < loaded && (visited == 0 || bytes < max_bytes); ++visited) {
      const SlotKey& key = expected_.key(visited);
      CachedLead* const slot = expected_.Take(key);
      Lead* lead = slot != nullptr && slot->held ? slot : nullptr;
      if (slot != nullptr) {
        slots_.MarkUsed(slot);
      } else {  // another lead has this one's hash
        LP_ASSIGN_OR_RETURN(lead, Find(key.key()));
      }
      visit(visited, lead);
      if (lead != nullptr) bytes += BytesOf(*lead);
    }
    return visited;
  }

  Result<Lead*> FindOrLoad(const LeadKey& key, std::string_view stored) {
    CachedLead* slot = slots_.Find(SlotKey(key));
    if (slot == nullptr) {
      LP_ASSIGN_OR_RETURN(slot, Load(SlotKey(key), stored, /*keep_journal=*/true));
    }
    return slot->held ? static_cast<Lead*>(slot) : nullptr;
  }

  const Lead* Peek(const LeadKey& key) {
    const CachedLead* slot = expected_.Peek(key);
    if (slot == nullptr) slot = slots_.Peek(SlotKey(key));
    return slot != nullptr && slot->held ? slot : nullptr;
  }

  std::string ErasureHash(const LeadKey& key) const { return store_->ErasureHash(EncodeLeadKey(key)); }

  Result<std::optional<Erasure>> FindErasure(const LeadKey& key) {
    const CachedLead* slot = Look(key);
    if (slot != nullptr && slot->erasure != nullptr) return std::optional(*slot->erasure);
    if (!store_->HasErasures(partition_)) return std::optional<Erasure>();
    return store_->GetErasure(partition_, EncodeLeadKey(key));
  }

  Lead* Create(const LeadKey& key) {
    CachedLead* slot = Look(key);
    LP_ASSERT(slot != nullptr && !slot->held);  // the caller has called Find and got none
    slot->held = true;
    MarkDirty(slot);
    return slot;
  }

  void MarkDirty(Lead* lead) {
    auto* slot = static_cast<CachedLead*>(lead);
    LP_ASSERT(slot->held);
    MakeDirty(slot);
    // The size may be one step behind if the lead is about to change.
    Measure(slot);
  }

  void MarkProfileChanged(Lead* lead) {
    auto* slot = static_cast<CachedLead*>(lead);
    slot->encoded_profile.Reset();
    slot->profile_changed = true;
    slot->profile_bytes = ProfileMemory(lead->profile);
    MarkIdentityChanged(lead);
  }

  void MarkIdentityChanged(Lead* lead) {
    static_cast<CachedLead*>(lead)->identity_bytes = lead->identity.MemoryBytes();
    MarkDirty(lead);
  }

  void Erase(const LeadKey& key, const Erasure& erasure) {
    CachedLead* slot = slots_.Find(SlotKey(key));
    LP_ASSERT(slot != nullptr);  // the caller has looked for it
    MakeDirty(slot);
    Lead nothing;
    nothing.key = key;
    static_cast<Lead&>(*slot) = std::move(nothing);
    slot->held = false;
    slot->erasure = std::make_unique<Erasure>(erasure);
    slot->encoded_profile.Reset();
    slot->profile_bytes = 0;
    slot->identity_bytes = erasure.identity.MemoryBytes();
    Measure(slot);
    ListAsGoing(slot);
  }

  Result<std::vector<DueTimer>> DueTimers(Instant from, Instant until, size_t limit) {
    std::vector<DueTimer> due;
    auto changed = [this](std::string_view key) { return slots_.IsDirty(key); };
    LP_RETURN_IF_ERROR(timers_.Read(from, until, limit, changed, &due));
    const auto stored = static_cast<ptrdiff_t>(due.size());
    for (const CachedLead* slot : TimersOfDirty(from, until, limit)) {
      due.push_back({slot->next_change_at, EncodeLeadKey(slot->key)});
    }
    std::inplace_merge(due.begin(), due.begin() + stored, due.end());
    if (due.size() > limit) due.resize(limit);
    return due;
  }

  // Collects by key: the store writes neighbouring rows in half the time.
  void CollectWrites(EpochWrite* write, uint64_t delta_epoch) {
    SortedKeys<CachedLead*> dirty;
    for (size_t i = 0; i < dirty_.size(); ++i) {
      if (i + kLeadsAhead < dirty_.size()) {
        const LeadKey& later = dirty_[i + kLeadsAhead]->key;
        PrefetchMemory(&later, sizeof later);
      }
      dirty.Add(dirty_[i]->key.tenant, dirty_[i]->key.lead, dirty_[i]);
    }
    const auto leads = dirty.Sort();
    write->leads.reserve(write->leads.size() + leads.size());
    for (size_t i = 0; i < leads.size(); ++i) {
      if (i + kLeadsAhead < leads.size()) leads[i + kLeadsAhead].value->Prefetch();
      if (i + kLeadsAhead / 2 < leads.size()) leads[i + kLeadsAhead / 2].value->PrefetchParts();
      const std::string_view key = leads[i].key;
      CachedLead* slot = leads[i].value;
      if (slot->held) {
        RowWrite& row = write->leads.emplace_back();
        row.partition = partition_;
        row.key = key;
        row.old_timer = slot->stored_timer;
        row.new_timer = slot->next_change_at;
        if (delta_epoch > 0) slot->delta_epoch = delta_epoch;
        EncodeInto(slot, delta_epoch > 0 ? Appends::kOften : Appends::kRarely, &row);
        row.profile_changed = slot->profile_changed;
        row.publishes = slot->last_seq != slot->stored_seq;
        row.before = StoredKind(*slot);
        row.after = slot->is_lead() ? RowKind::kLead : RowKind::kNoLead;
        // Here and not in Committed, because encoding has just read the whole lead into the processor's cache.
        MeasureWhole(slot);
      } else if (slot->stored) {
        write->leads.push_back({partition_, std::string(key), std::nullopt, slot->stored_timer, Instant::Never()});
        write->leads.back().before = StoredKind(*slot);
      }
      if (slot->erasure == nullptr) continue;
      if (slot->held || slot->stored) {
        write->leads.back().new_life = true;
        write->leads.back().erased_seq = slot->erasure->last_seq;
      }
      write->erasures.push_back({partition_, store_->ErasureHash(key), *slot->erasure});
    }
  }

  // Returns what `encode` makes of a cached lead. It may cache the lead's encoded profile.
  std::string_view Encoded(Lead* lead, std::string_view (LeadEncoder::*encode)(const Lead&, EncodedProfile*)) {
    auto* slot = static_cast<CachedLead*>(lead);
    const std::string_view encoded = (encoder_.*encode)(*slot, &slot->encoded_profile);
    MeasureWhole(slot);
    return encoded;
  }

  void Committed() {
    Instant earliest = Instant::Never();
    for (size_t i = 0; i < dirty_.size(); ++i) {
      if (i + kLeadsAhead < dirty_.size()) dirty_[i + kLeadsAhead]->Prefetch();
      CachedLead* slot = dirty_[i];
      slot->dirty = slot->profile_changed = false;
      slot->erasure.reset();
      slot->journal.ForgetStored();
      slot->stored = slot->held;
      slot->stored_is_lead = slot->held && slot->is_lead();
      slot->journal.SetWritten();
      slot->stored_timer = slot->held ? slot->next_change_at : Instant::Never();
      slot->stored_seq = slot->last_seq;
      earliest = std::min(earliest, slot->stored_timer);
      Measure(slot);
    }
    timers_.StoreWritten(earliest);
    EndEpoch();
  }

 private:
  static RowKind StoredKind(const CachedLead& slot) {
    if (!slot.stored) return RowKind::kNone;
    return slot.stored_is_lead ? RowKind::kLead : RowKind::kNoLead;
  }

  // Returns the cached lead of this key; null if none. Most calls are for the lead that was found last.
  CachedLead* Look(const LeadKey& key) {
    if (last_found_ != nullptr && last_found_->key == key) return last_found_;
    return slots_.Find(SlotKey(key));
  }

  // Inserts a key that is not cached; `value` is its row. A scan over all leads adds no events: the leads it changes
  // are written with the same journal, so `keep_journal` keeps the journal's bytes.
  Result<CachedLead*> Load(const SlotKey& key, std::optional<std::string_view> value, bool keep_journal = false) {
    if (!value) {
      CachedLead* absent = slots_.Insert(key);
      Measure(absent);
      ListAsGoing(absent);
      return absent;
    }
    CachedLead* slot = slots_.Insert(key);
    if (Status decoded = decoder_.Decode(*value, slot); !decoded.ok()) {
      slots_.Remove(slot);
      return decoded;
    }
    if (keep_journal) slot->journal.KeepStored(decoder_.TakeJournal());
    slot->held = slot->stored = true;
    slot->stored_timer = slot->next_change_at;
    slot->stored_seq = slot->last_seq;
    slot->stored_is_lead = slot->is_lead();
    if (on_load_) on_load_(slot);
    MeasureWhole(slot);
    return slot;
  }

  using Appends = LeadEncoder::Appends;

  void EncodeInto(CachedLead* slot, Appends appends, RowWrite* write) {
    if (!slot->stored) {
      write->value = encoder_.Encode(*slot, &slot->encoded_profile);
    } else {
      write->value =
          encoder_.EncodeChange(*slot, slot->appended_bytes, appends, &write->appended, &slot->encoded_profile);
    }
    slot->appended_bytes = write->appended ? slot->appended_bytes + static_cast<uint32_t>(write->value->size()) : 0;
  }

  void MakeDirty(CachedLead* slot) {
    if (slot->dirty) return;
    slot->dirty = true;
    dirty_.push_back(slot);
    dirty_bytes_ += slot->bytes;
  }

  void MeasureWhole(CachedLead* slot) {
    slot->profile_bytes = ProfileMemory(slot->profile) + slot->encoded_profile.MemoryBytes();
    slot->identity_bytes = slot->identity.MemoryBytes();
    Measure(slot);
  }

  // Measures the lead, with profile and identity as last measured: most events leave both as they are.
  void Measure(CachedLead* slot) {
    size_t bytes = sizeof *slot + slot->key.tenant.size() + slot->key.lead.size() + slot->journal.MemoryBytes() +
                   slot->profile_bytes + slot->identity_bytes + SegmentBytes(slot->view);
    if (slot->memo.held != nullptr) bytes += slot->memo.held->MemoryBytes();
    if (slot->dirty) dirty_bytes_ += bytes - slot->bytes;
    slots_.SetBytes(slot, bytes);
  }

  void ListAsGoing(CachedLead* slot) {
    if (slot->may_go) return;
    slot->may_go = true;
    going_.push_back(slot);
  }

  // Ends the epoch. Absent leads are remembered only within it, so that only leads fill the cache.
  void EndEpoch() {
    last_found_ = nullptr;
    for (CachedLead* slot : going_) {
      slot->may_go = false;
      if (!slot->held) slots_.Remove(slot);
    }
    going_.clear();
    expected_.Clear();
    dirty_.clear();
    dirty_bytes_ = 0;
    slots_.EvictDownTo(cache_bytes_);
  }

  // Returns the first `limit` dirty leads by (next_change_at, key), in this order.
  std::vector<const CachedLead*> TimersOfDirty(Instant from, Instant until, size_t limit) const {
    std::vector<const CachedLead*> timers;
    for (size_t i = 0; i < dirty_.size(); ++i) {
      if (i + kLeadsAhead < dirty_.size()) PrefetchMemory(&dirty_[i + kLeadsAhead]->next_change_at, sizeof(Instant));
      const CachedLead* const slot = dirty_[i];
      bool due = slot->held && from <= slot->next_change_at && slot->next_change_at <= until;
      if (due && slot->next_change_at != Instant::Never()) timers.push_back(slot);
    }
    auto end = timers.begin() + static_cast<ptrdiff_t>(std::min(limit, timers.size()));
    std::partial_sort(timers.begin(), end, timers.end(), [](const CachedLead* a, const CachedLead* b) {
      return std::tie(a->next_change_at, a->key) < std::tie(b->next_change_at, b->key);
    });
    timers.erase(end, timers.end());
    return timers;
  }

  const PartitionId partition_;
  LeadStore* const store_;
  const size_t cache_bytes_;
  const OnLoad on_load_;
  LeadCache slots_;
  TimerReader timers_;
  std::vector<CachedLead*> dirty_;
  ExpectedLeads expected_{&slots_};
  CachedLead* last_found_ = nullptr;  // by Find, in this epoch
  std::vector<CachedLead*> going_;    // may hold no lead at the epoch's end
  size_t dirty_bytes_ = 0;
  size_t mean_loaded_bytes_ = kSupposedLeadBytes;  // the mean of the last group that was loaded
  LeadDecoder decoder_;
  LeadEncoder encoder_;
};

PartitionLeads::PartitionLeads(PartitionId partition, LeadStore* store, size_t cache_bytes, OnLoad on_load)
    : impl_(std::make_unique<Impl>(partition, store, cache_bytes, std::move(on_load))) {}
PartitionLeads::~PartitionLeads() = default;

PartitionId PartitionLeads::partition() const { return impl_->partition(); }
Result<size_t> PartitionLeads::Prefetch(std::span<const LeadKey* const> keys, size_t max_bytes) {
  return impl_->Prefetch(keys, max_bytes);
}
Result<Lead*> PartitionLeads::Find(const LeadKey& key) { return impl_->Find(key); }
Result<size_t> PartitionLeads::VisitRows(std::span<const std::string_view> rows, size_t max_bytes,
                                         const RowVisitor& visit) {
  return impl_->VisitRows(rows, max_bytes, visit);
}
Result<Lead*> PartitionLeads::FindOrLoad(const LeadKey& key, std::string_view stored) {
  return impl_->FindOrLoad(key, stored);
}
Result<std::optional<Erasure>> PartitionLeads::FindErasure(const LeadKey& key) { return impl_->FindErasure(key); }
const Lead* PartitionLeads::Peek(const LeadKey& key) { return impl_->Peek(key); }
std::string PartitionLeads::ErasureHash(const LeadKey& key) const { return impl_->ErasureHash(key); }
Lead* PartitionLeads::Create(const LeadKey& key) { return impl_->Create(key); }
void PartitionLeads::MarkDirty(Lead* lead) { impl_->MarkDirty(lead); }
void PartitionLeads::MarkProfileChanged(Lead* lead) { impl_->MarkProfileChanged(lead); }
void PartitionLeads::MarkIdentityChanged(Lead* lead) { impl_->MarkIdentityChanged(lead); }
void PartitionLeads::Erase(const LeadKey& key, const Erasure& erasure) { impl_->Erase(key, erasure); }
Result<std::vector<DueTimer>> PartitionLeads::DueTimers(Instant from, Instant until, size_t limit) {
  return impl_->DueTimers(from, until, limit);
}
size_t PartitionLeads::dirty_count() const { return impl_->dirty_count(); }
size_t PartitionLeads::dirty_bytes() const { return impl_->dirty_bytes(); }
size_t PartitionLeads::BytesOf(const Lead& lead) { return static_cast<const CachedLead&>(lead).bytes; }
size_t PartitionLeads::epoch_bytes() const { return impl_->epoch_bytes(); }
void PartitionLeads::CollectWrites(EpochWrite* write, uint64_t delta_epoch) {
  impl_->CollectWrites(write, delta_epoch);
}
std::string_view PartitionLeads::EncodeRow(Lead* lead) { return impl_->Encoded(lead, &LeadEncoder::Encode); }
std::string_view PartitionLeads::VersionOf(Lead* lead) { return impl_->Encoded(lead, &LeadEncoder::Version); }
void PartitionLeads::Committed() { impl_->Committed(); }

}  // namespace leadpulse::state
