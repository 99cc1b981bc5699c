// The decoded leads of a PartitionLeads, with what is known of their rows in the store, and the leads that are needed
// next. For partition_leads.cc only.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "processor/base/prefetch.h"
#include "processor/base/seeded_hash.h"
#include "state/codec/lead_codec.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// How many leads ahead memory is prefetched: far enough to arrive in time, near enough to be still in the nearest
// cache.
inline constexpr size_t kLeadsAhead = 16;

// The state of a cached lead, beside the lead itself.
struct LeadStanding {
  bool held = false;            // false: there is no lead; only the key is set
  bool stored = false;          // the store has a value
  bool stored_is_lead = false;  // Lead::is_lead of that value
  bool dirty = false;
  bool profile_changed = false;  // since the last commit
  bool may_go = false;           // the owner has listed it for removal, if it holds no lead at the epoch's end
  bool used = false;             // used since the eviction hand passed, but not only in the epoch of its insertion
  uint32_t appended_bytes = 0;   // bytes appended to its row since the row was written whole or read
  size_t hash = 0;               // the hash of its key
  Instant stored_timer = Instant::Never();
  SequenceNumber stored_seq = {};    // Lead::last_seq in the store
  std::unique_ptr<Erasure> erasure;  // the erasure in this epoch
  EncodedProfile encoded_profile;
  uint64_t epoch = 0;         // the epoch in which it was inserted
  size_t bytes = 0;           // estimated, by the owner
  size_t profile_bytes = 0;   // part of `bytes`
  size_t identity_bytes = 0;  // part of `bytes`
  size_t position = 0;        // in LeadCache::circle_
};

// The cache entry of one key: a lead, the fact that there is none, or an erasure in this epoch. It derives from Lead,
// so the owner gets from a lead that it handed out back to the entry without a look-up. The members that every event
// needs come first, up to the profile's end.
struct CachedLead : LeadStanding, Lead {
  // Prefetches all of it, or the part that an event needs.
  void Prefetch() const { PrefetchMemory(this, sizeof(CachedLead)); }
  void PrefetchForEvent() const {
    const char* begin = reinterpret_cast<const char*>(this);
    PrefetchMemory(begin, static_cast<size_t>(reinterpret_cast<const char*>(&profile.extras) - begin));
  }
  // Prefetches what its members refer to and most work with it needs, once the members are there.
  void PrefetchParts() const {
    PrefetchMemory(key.lead.data(), key.lead.size());
    PrefetchMemory(profile.last_address.data(), profile.last_address.size());
    journal.Prefetch();
  }
  // Prefetches what the evaluation of many rules needs: first the memo, then what it refers to.
  void PrefetchMemo() const {
    constexpr size_t kMemoBytes = 128;  // the approximate size of one
    if (memo.held != nullptr) PrefetchMemory(memo.held.get(), kMemoBytes);
  }
  void PrefetchMemoLists() const {
    if (memo.held == nullptr) return;
    memo.held->Prefetch();
    PrefetchMemory(view.segments.data(), view.segments.size() * sizeof view.segments[0]);
  }
};

// A lead key, encoded or not, with its hash, for look-ups. A view.
class SlotKey {
 public:
  explicit SlotKey(const LeadKey& key) : SlotKey(key.tenant, key.lead) {}
  explicit SlotKey(const LeadKey* key) : SlotKey(*key) {}
  // Takes a given hash: tests make keys collide.
  SlotKey(const LeadKey& key, size_t hash) : tenant_(key.tenant), lead_(key.lead), hash_(hash) {}
  // Splits an encoded key. A damaged key, without a NUL, gets an empty lead, so it matches no lead.
  explicit SlotKey(std::string_view encoded_key)
      : SlotKey(encoded_key.substr(0, encoded_key.find('\0')),
                encoded_key.substr(std::min(encoded_key.find('\0'), encoded_key.size() - 1) + 1)) {}

  std::string_view tenant() const { return tenant_; }
  std::string_view lead() const { return lead_; }
  size_t hash() const { return hash_; }
  LeadKey key() const { return {std::string(tenant_), std::string(lead_)}; }
  bool Names(const LeadKey& key) const { return key.lead == lead_ && key.tenant == tenant_; }

 private:
  SlotKey(std::string_view tenant, std::string_view lead)
      : tenant_(tenant), lead_(lead), hash_(SeededHash(lead, SeededHash(tenant))) {}

  std::string_view tenant_;
  std::string_view lead_;
  size_t hash_;
};

// A hash table of cached leads with eviction by the CLOCK algorithm. Leads do not move in memory until they are
// removed. Owned and called by one thread.
class LeadCache {
 public:
  // Returns null if the key is unknown. Marks the lead as used, but not in the epoch of its insertion: leads that are
  // used in one epoch only, as in a backfill, do not evict those that are used again.
  CachedLead* Find(const SlotKey& key) {
    auto it = by_key_.find(key);
    if (it == by_key_.end()) return nullptr;
    MarkUsed(it->slot.get());
    return it->slot.get();
  }

  // Finds the lead without marking it as used.
  const CachedLead* Peek(const SlotKey& key) const {
    auto it = by_key_.find(key);
    return it == by_key_.end() ? nullptr : it->slot.get();
  }

  // Returns the lead whose key has the same hash, almost always the right one; null if none. Does not read the
  // lead, so that the caller need not wait for its memory; the caller compares the key later.
  CachedLead* Guess(const SlotKey& key) const {
    auto it = by_key_.find(HashOnly{key.hash()});
    return it == by_key_.end() ? nullptr : it->slot.get();
  }

  // Prefetches what Find and Guess read.
  void Prefetch(const SlotKey& key) const { by_key_.prefetch(HashOnly{key.hash()}); }

  // Marks the lead as used, as Find does.
  void MarkUsed(CachedLead* slot) const {
    if (slot->epoch != epoch_) slot->used = true;
  }

  bool IsDirty(std::string_view encoded_key) const {
    auto it = by_key_.find(SlotKey(encoded_key));
    return it != by_key_.end() && it->slot->dirty;
  }

  // Returns the estimated bytes of all leads.
  size_t bytes() const { return bytes_; }

  // Inserts a lead. The key must not be in the cache.
  CachedLead* Insert(const SlotKey& key) {
    auto slot = std::make_unique<CachedLead>();
    slot->key = key.key();
    slot->hash = key.hash();
    slot->position = circle_.size();
    slot->epoch = epoch_;
    circle_.push_back(slot.get());
    return by_key_.insert({key.hash(), std::move(slot)}).first->slot.get();
  }

  void SetBytes(CachedLead* slot, size_t bytes) {
    bytes_ += bytes - slot->bytes;
    slot->bytes = bytes;
  }

  void Remove(CachedLead* slot) {
    bytes_ -= slot->bytes;
    circle_.back()->position = slot->position;
    circle_[slot->position] = circle_.back();
    circle_.pop_back();
    by_key_.erase(by_key_.find(SlotKey(slot->key, slot->hash)));
  }

  // Ends the epoch; no lead may be dirty. Leads used since the hand last passed get a second chance.
  void EvictDownTo(size_t max_bytes) {
    ++epoch_;
    while (bytes_ > max_bytes && !circle_.empty()) {
      if (hand_ >= circle_.size()) hand_ = 0;
      CachedLead* slot = circle_[hand_];
      if (slot->used) {
        slot->used = false;
        ++hand_;
      } else {
        Remove(slot);  // moves the last one to its position
      }
    }
  }

 private:
  // The hash is stored in the table, so that a look-up reads no lead but the one it finds.
  struct Bucket {
    size_t hash;
    std::unique_ptr<CachedLead> slot;
  };
  struct HashOnly {
    size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Bucket& bucket) const { return bucket.hash; }
    size_t operator()(const HashOnly& key) const { return key.hash; }
    size_t operator()(const SlotKey& key) const { return key.hash(); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Bucket& a, const Bucket& b) const { return a.hash == b.hash && a.slot->key == b.slot->key; }
    bool operator()(const Bucket& a, const HashOnly& b) const { return a.hash == b.hash; }
    bool operator()(const Bucket& a, const SlotKey& b) const { return a.hash == b.hash() && b.Names(a.slot->key); }
  };

  absl::flat_hash_set<Bucket, Hash, Equal> by_key_;
  std::vector<CachedLead*> circle_;
  size_t hand_ = 0;
  uint64_t epoch_ = 0;
  size_t bytes_ = 0;
};

// The leads that are needed next, in the order of the records to come. So the next lead is known without a
// look-up, and the memory of later ones can be prefetched. Clear must be called before the cache removes leads.
class ExpectedLeads {
 public:
  // Keeps `cache`, which outlives this.
  explicit ExpectedLeads(const LeadCache* cache) : cache_(cache) {}

  // Expects the leads of these keys from now on: LeadKeys or encoded keys, which must stay until FindLoaded has been
  // called. Returns the indexes of those that are not in the cache.
  template <typename Keys>
  std::vector<size_t> Expect(const Keys& keys) {
    Clear();
    keys_.clear();
    for (const auto& key : keys) keys_.emplace_back(key);
    return FindUnknown();
  }
  // Returns the expected key at this index.
  const SlotKey& key(size_t index) const { return keys_[index]; }
  // Looks again for the leads at these ascending indexes. Returns the first index whose lead is still not in the cache,
  // or the number of keys if all are.
  size_t FindLoaded(std::span<const size_t> indexes);

  // Returns the next lead and advances to the one after it. Null if the next lead has another key.
  CachedLead* Take(const LeadKey& key) { return Next(key.tenant, key.lead, &next_); }
  CachedLead* Take(const SlotKey& key) { return Next(key.tenant(), key.lead(), &next_); }
  // Does the same in a pass of its own over the expected leads: what is taken next stays as it is.
  const CachedLead* Peek(const LeadKey& key) { return Next(key.tenant, key.lead, &next_to_peek_); }

  // Forgets all announced keys.
  void Clear();

 private:
  std::vector<size_t> FindUnknown();
  CachedLead* Next(std::string_view tenant, std::string_view lead, size_t* next) const;
  void PrefetchLater(size_t next_lead) const;

  const LeadCache* const cache_;
  std::vector<SlotKey> keys_;       // by the last Expect; may dangle after FindLoaded
  std::vector<CachedLead*> leads_;  // guesses for `keys_`
  size_t next_ = 0;                 // into `leads_`
  size_t next_to_peek_ = 0;         // the same, for Peek
};

}  // namespace leadpulse::state
