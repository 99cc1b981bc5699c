// The leads of one partition for the engine: a write-back cache of decoded leads over a LeadStore.
//
// Within an epoch all changes stay here. CollectWrites encodes them; once readers of the store see the writes, the
// owner calls Committed, which unpins the leads. To drop an epoch, the owner destroys this. Owned and called by one
// worker thread at a time; nobody else may write leads of this partition meanwhile. Pointers to leads stay valid until
// the next Committed: nothing is evicted before. Errors are those of the store, or fatal for a value that cannot be
// decoded; the cache stays as it was.
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
  // Called once for each lead that is loaded, to fill in derived values (Attribute::converted).
  using OnLoad = std::function<void(Lead*)>;

  // Keeps `store`, which outlives this. After an epoch at most about `cache_bytes` of clean leads stay in memory.
  PartitionLeads(PartitionId partition, LeadStore* store, size_t cache_bytes, OnLoad on_load);
  ~PartitionLeads();
  PartitionLeads(const PartitionLeads&) = delete;
  PartitionLeads& operator=(const PartitionLeads&) = delete;

  PartitionId partition() const;

  // Loads the leads that are not in the cache, usually with one MultiGet, until they take about `max_bytes` of memory.
  // Returns how many of the first keys need no more reads, at least one. Find is cheapest when it is then called in the
  // order of `keys`: it needs no look-up, and prefetches the memory of the next leads. The keys are not read after the
  // call.
  Result<size_t> Prefetch(std::span<const LeadKey* const> keys, size_t max_bytes);

  // Returns null if the lead is not held, or was erased in this epoch. The caller must not change the lead's key.
  Result<Lead*> Find(const LeadKey& key);
  // Visits the leads of the first of these rows, at least one, until they take about `max_bytes` of memory: index and
  // lead, null where no lead is held. The visitor may encode its lead, and must not look for another. Returns how many
  // were visited. Fatal if a key does not name tenant and lead.
  using RowVisitor = std::function<void(size_t, Lead*)>;
  Result<size_t> VisitRows(std::span<const std::string_view> rows, size_t max_bytes, const RowVisitor& visit);
  // Finds the lead as Find does, but takes its row from the caller instead of the store.
  Result<Lead*> FindOrLoad(const LeadKey& key, std::string_view stored);
  // Returns the lead if it is in the cache; null also if it is not held. Reads nothing from the store, and does not
  // disturb the order of calls of Find. Fastest in the order of the keys given to Prefetch, as Find.
  const Lead* Peek(const LeadKey& key);
  // Returns LeadStore::ErasureHash of the encoded key.
  std::string ErasureHash(const LeadKey& key) const;
  // Returns the erasure of this lead, if any, including one of this epoch.
  Result<std::optional<Erasure>> FindErasure(const LeadKey& key);

  // Returns a dirty lead with its key set. The lead must not be held, and Find must have been called for it in this
  // epoch, so that its row in the store is known.
  Lead* Create(const LeadKey& key);
  // Marks the lead as changed. Call it for each changed lead, just before or after the change and before any other call
  // to this class.
  void MarkDirty(Lead* lead);
  // Marks the lead as changed after a change of the profile, and perhaps the identity, and measures their memory again.
  void MarkProfileChanged(Lead* lead);
  // Marks the lead as changed after a change of the identity; the profile must be unchanged.
  void MarkIdentityChanged(Lead* lead);
  // Removes a held or absent lead and stores the erasure. Find must have been called for it in this epoch.
  void Erase(const LeadKey& key, const Erasure& erasure);

  // Returns at most `limit` timers from `from` to `until`, including leads changed in this epoch, in the order of (due,
  // key). Reads each lead changed in this epoch, so ask for many at once.
  Result<std::vector<DueTimer>> DueTimers(Instant from, Instant until, size_t limit);

  // Returns the number of leads changed in this epoch.
  size_t dirty_count() const;
  size_t dirty_bytes() const;
  // Returns the memory that a lead is counted with. Expects one of this class, not a copy of it.
  static size_t BytesOf(const Lead& lead);
  // Returns roughly the memory beyond `cache_bytes`: leads changed or loaded in this epoch.
  size_t epoch_bytes() const;

  // Encodes the changes of this epoch and appends them, by ascending key: the store writes neighbours in half the time.
  // The leads stay dirty. `delta_epoch` > 0: they are also the deltas of this epoch; the leads get its number, and
  // are appended to wherever possible.
  void CollectWrites(EpochWrite* write, uint64_t delta_epoch = 0);
  // Returns the whole row of a lead that was found, as of its last CollectWrites if it is dirty. Valid until the next
  // call that encodes, as the version.
  std::string_view EncodeRow(Lead* lead);
  // Returns the version of a lead that was found (LeadVersion).
  std::string_view VersionOf(Lead* lead);
  // Marks the leads as clean: readers of the store see the collected writes from now on.
  void Committed();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace leadpulse::state
