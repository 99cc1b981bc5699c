// The leads of one partition as the engine sees them: a write-back cache of decoded leads over a LeadStore.
//
// Inside an epoch every change stays here. CollectWrites gives what the epoch changed; once the store reads as if it
// were committed the owner calls Committed, which unpins the leads; Abort drops them and nothing else. Owned and called
// by one worker thread at a time, and while it lives nobody else writes leads of this partition. Pointers to leads stay
// valid until the next Committed or Abort: nothing is evicted before. Errors are the store's, or a fatal one for a
// value that cannot be decoded; they drop nothing that was cached.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

class PartitionLeads {
 public:
  // Called once for each lead that comes from the store, to fill in what is derived (Attribute::converted).
  using OnLoad = std::function<void(Lead*)>;

  // `store` outlives this. At most about `cache_bytes` are kept for clean leads beyond an epoch's end.
  PartitionLeads(PartitionId partition, LeadStore* store, size_t cache_bytes, OnLoad on_load);
  ~PartitionLeads();
  PartitionLeads(const PartitionLeads&) = delete;
  PartitionLeads& operator=(const PartitionLeads&) = delete;

  PartitionId partition() const;

  // Loads those that are not in the cache, with one MultiGet as a rule, until they take about `max_bytes` of memory.
  // Returns for how many of the first keys Find needs no more reads. Find is cheapest when it then asks in the order of
  // `keys`: it needs no look-up, and the memory of the leads that come next is on its way. The keys are not looked at
  // later.
  Result<size_t> Prefetch(std::span<const LeadKey* const> keys, size_t max_bytes);

  // Null where the lead is not held (erased in this epoch included). Its key stays as it is.
  Result<Lead*> Find(const LeadKey& key);
  // The same, where what the store holds under the key is at hand: it is not asked.
  Result<Lead*> FindOrLoad(const LeadKey& key, std::string_view stored);
  // What is kept of an erasure of this lead, also one of this epoch.
  Result<std::optional<Erasure>> FindErasure(const LeadKey& key);

  // The lead must not be held, and Find must have looked for it in this epoch (so that what the store has under this
  // key is known). Its key is set; it is dirty.
  Lead* Create(const LeadKey& key);
  // To be called for each lead that Find gave and that is changed, just before or after; in any case before another
  // call to this class.
  void MarkDirty(Lead* lead);
  // The same, just after a change of the profile, whose memory is measured anew.
  void MarkProfileChanged(Lead* lead);
  // Removes a held or absent lead and leaves the erasure. Find must have looked for it in this epoch.
  void Erase(const LeadKey& key, const Erasure& erasure);

  // Leads with a timer at or before `until` and not before `from`, those changed in this epoch included, in the order
  // of (due, key), at most `limit`. Costs a look at each lead changed in this epoch, so ask for many at once.
  Result<std::vector<DueTimer>> DueTimers(Instant from, Instant until, size_t limit);

  // The number of leads changed in this epoch, and roughly their bytes in memory.
  size_t dirty_count() const;
  size_t dirty_bytes() const;
  // Roughly the memory beyond that of the cache: of leads changed in this epoch, or loaded in it, until it ends.
  size_t epoch_bytes() const;

  // Encodes what this epoch changed and appends it, by ascending key: the store writes neighbours in half the time. The
  // leads stay dirty. `visit`, where given, sees each lead that is held with its row, and rows are then written whole.
  using LeadWriteVisitor = std::function<void(const Lead& lead, const LeadWrite& write)>;
  void CollectWrites(EpochWrite* write, const LeadWriteVisitor& visit = nullptr);
  // Whoever reads the store from now on finds the collected writes: the leads are clean.
  void Committed();
  // Drops what this epoch changed.
  void Abort();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace leadpulse::state
