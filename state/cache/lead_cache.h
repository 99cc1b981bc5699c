// The leads that a PartitionLeads holds in memory, each with what the store has of it: for partition_leads.cc only.
#pragma once

#define XXH_INLINE_ALL  // keys are short: a call would cost more than the hash
#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "processor/base/prefetch.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

// What is known of a lead beside the lead.
struct LeadStanding {
  bool held = false;    // false: there is none; but for its key the Lead is empty
  bool stored = false;  // the store has a value
  bool dirty = false;
  bool may_go = false;          // listed by the owner as one that may hold no lead at the epoch's end
  bool used = false;            // since the eviction hand last passed, in a later epoch than the one it came in
  uint32_t appended_bytes = 0;  // to its row, since that was written whole or read
  size_t hash = 0;              // of its key
  Instant stored_timer = Instant::Never();
  std::unique_ptr<Erasure> erasure;  // of this epoch
  uint64_t epoch = 0;                // in which it came
  size_t bytes = 0;                  // estimated, by the owner
  size_t profile_bytes = 0;
  size_t position = 0;  // in the circle of LeadCache
};

// What is known of one key: the lead itself, that there is none, or that it was erased in this epoch. It is the Lead
// that the owner hands out, so that the way back from there costs no look-up. What every event needs lies together, at
// the beginning, and the profile's end is most of the rest.
struct CachedLead : LeadStanding, Lead {
  // Hints that it is about to be read: all of it, or what an event needs.
  void Prefetch() const { PrefetchMemory(this, sizeof(CachedLead)); }
  void PrefetchForEvent() const {
    const char* begin = reinterpret_cast<const char*>(this);
    PrefetchMemory(begin, static_cast<size_t>(reinterpret_cast<const char*>(&profile.tags) - begin));
  }
  // The same of what the evaluation of its rules needs, where there are many: first the memo, then what it refers to.
  void PrefetchMemo() const {
    constexpr size_t kMemoBytes = 128;  // about what one takes
    if (memo.held != nullptr) PrefetchMemory(memo.held.get(), kMemoBytes);
  }
  void PrefetchMemoLists() const {
    if (memo.held == nullptr) return;
    memo.held->Prefetch();
    PrefetchMemory(view.segments.data(), view.segments.size() * sizeof view.segments[0]);
  }
};

// A lead key, encoded or not, with its hash: what slots are found by. A view of it.
class SlotKey {
 public:
  explicit SlotKey(const LeadKey& key) : SlotKey(key.tenant, key.lead) {}
  // With a hash of the caller's choice: tests make keys collide.
  SlotKey(const LeadKey& key, size_t hash) : tenant_(key.tenant), lead_(key.lead), hash_(hash) {}
  // Of one that is damaged, without a NUL, the lead is empty, as none is.
  explicit SlotKey(std::string_view encoded_key)
      : SlotKey(encoded_key.substr(0, encoded_key.find('\0')),
                encoded_key.substr(std::min(encoded_key.find('\0'), encoded_key.size() - 1) + 1)) {}

  size_t hash() const { return hash_; }
  LeadKey key() const { return {std::string(tenant_), std::string(lead_)}; }
  bool Names(const LeadKey& key) const { return key.lead == lead_ && key.tenant == tenant_; }

 private:
  SlotKey(std::string_view tenant, std::string_view lead) : tenant_(tenant), lead_(lead) {
    // Differs from process to process, so that nobody can send leads whose keys collide. (This address does.)
    static const char kAnywhere = 0;
    const uint64_t seed = reinterpret_cast<uintptr_t>(&kAnywhere);
    hash_ = XXH3_64bits_withSeed(lead.data(), lead.size(), XXH3_64bits_withSeed(tenant.data(), tenant.size(), seed));
  }

  std::string_view tenant_;
  std::string_view lead_;
  size_t hash_;
};

// All slots, found by key and evicted by the CLOCK rule. Slots stay where they are in memory until removed.
// Owned and called by one thread.
class LeadCache {
 public:
  // Null where nothing is known of the key. Marks the slot as used. A lead that is used in one epoch only, as in a
  // backfill, does not push out those that come back.
  CachedLead* Find(const SlotKey& key) {
    auto it = by_key_.find(key);
    if (it == by_key_.end()) return nullptr;
    MarkUsed(it->slot.get());
    return it->slot.get();
  }

  // A slot whose key has the same hash, if there is one: the key's own but for an accident. Touches no slot, so that
  // nobody waits for its memory; whoever uses it looks at its key.
  CachedLead* Guess(const SlotKey& key) const {
    auto it = by_key_.find(HashOnly{key.hash()});
    return it == by_key_.end() ? nullptr : it->slot.get();
  }

  // A hint that Find or Guess will be called with it.
  void Prefetch(const SlotKey& key) const { by_key_.prefetch(HashOnly{key.hash()}); }

  // What Find does beside finding.
  void MarkUsed(CachedLead* slot) const {
    if (slot->epoch != epoch_) slot->used = true;
  }

  bool IsDirty(std::string_view encoded_key) const {
    auto it = by_key_.find(SlotKey(encoded_key));
    return it != by_key_.end() && it->slot->dirty;
  }

  // Of all slots.
  size_t bytes() const { return bytes_; }

  // The key must not be there.
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

  // Ends the epoch; no slot is dirty. Gives those used since the hand last passed a second chance.
  void EvictDownTo(size_t max_bytes) {
    ++epoch_;
    while (bytes_ > max_bytes && !circle_.empty()) {
      if (hand_ >= circle_.size()) hand_ = 0;
      CachedLead* slot = circle_[hand_];
      if (slot->used) {
        slot->used = false;
        ++hand_;
      } else {
        Remove(slot);  // the last one takes its place
      }
    }
  }

 private:
  // The hash stands in the table, so that a look-up touches no slot but the one it is about.
  struct Place {
    size_t hash;
    std::unique_ptr<CachedLead> slot;
  };
  struct HashOnly {
    size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Place& place) const { return place.hash; }
    size_t operator()(const HashOnly& key) const { return key.hash; }
    size_t operator()(const SlotKey& key) const { return key.hash(); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Place& a, const Place& b) const { return a.hash == b.hash && a.slot->key == b.slot->key; }
    bool operator()(const Place& a, const HashOnly& b) const { return a.hash == b.hash; }
    bool operator()(const Place& a, const SlotKey& b) const { return a.hash == b.hash() && b.Names(a.slot->key); }
  };

  absl::flat_hash_set<Place, Hash, Equal> by_key_;
  std::vector<CachedLead*> circle_;
  size_t hand_ = 0;
  uint64_t epoch_ = 0;
  size_t bytes_ = 0;
};

}  // namespace leadpulse::state
