// The leads that are needed next, in the order of the records that were announced. For partition_leads.cc only.
//
// So the next lead is known without a look-up, and the memory of later ones can be prefetched. Clear must be called
// before the cache removes leads.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "processor/base/ids.h"
#include "state/cache/lead_cache.h"

namespace leadpulse::state {

class ExpectedLeads {
 public:
  // `cache` outlives this.
  explicit ExpectedLeads(const LeadCache* cache) : cache_(cache) {}

  // Expects the leads of these keys from now on. Returns the indexes of those that are not in the cache. The keys must
  // stay until FindLoaded has been called.
  std::vector<size_t> Announce(std::span<const LeadKey* const> keys);
  // The announced key at this index.
  const SlotKey& key(size_t index) const { return keys_[index]; }
  // Looks for the leads at these ascending indexes again. Returns the first index whose lead is still not in the cache;
  // the number of keys if all are.
  size_t FindLoaded(std::span<const size_t> indexes);

  // The next lead, if it has this key: the one after it is then the next. Null otherwise.
  CachedLead* Take(const LeadKey& key) { return Next(key, &next_); }
  // The same in a pass of its own over the announced leads: what is taken next stays as it is.
  const CachedLead* Peek(const LeadKey& key) { return Next(key, &next_to_peek_); }

  // Expects nothing more.
  void Clear();

 private:
  CachedLead* Next(const LeadKey& key, size_t* next) const;
  void PrefetchLater(size_t next_lead) const;

  const LeadCache* const cache_;
  std::vector<SlotKey> keys_;       // by the last Announce; may dangle after FindLoaded
  std::vector<CachedLead*> leads_;  // guesses for `keys_`
  size_t next_ = 0;                 // into `leads_`
  size_t next_to_peek_ = 0;         // the same, for Peek
};

}  // namespace leadpulse::state
