// The leads that a PartitionLeads holds in memory, each with what the store has of it: for partition_leads.cc only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "state/lead.h"
#include "state/lead_store.h"

namespace leadpulse::state {

// What is known of one key: the lead itself, that there is none, or that it was erased in this epoch. It is the Lead
// that the owner hands out, so that the way back from there costs no look-up.
struct LeadSlot : Lead {
  EncodedLeadKey encoded_key;
  bool held = false;    // false: the Lead part is empty
  bool stored = false;  // the store has a value
  Instant stored_timer = Instant::Never();
  std::optional<Erasure> erasure;  // of this epoch
  bool dirty = false;
  bool may_go = false;  // listed by the owner as one that may hold no lead at the epoch's end
  bool used = false;    // since the eviction hand last passed, in a later epoch than the one it came in
  size_t bytes = 0;     // estimated, by the owner
  size_t profile_bytes = 0;
  size_t position = 0;  // in the circle of LeadSlots
  uint64_t epoch = 0;   // in which it came
};

// All slots, found by key and evicted by the CLOCK rule. Slots stay where they are in memory until removed.
// Owned and called by one thread.
class LeadSlots {
 public:
  // Null where nothing is known of the key. Marks the slot as used. A lead that is used in one epoch only, as in a
  // backfill, does not push out those that come back.
  LeadSlot* Find(std::string_view encoded_key) {
    auto it = by_key_.find(encoded_key);
    if (it == by_key_.end()) return nullptr;
    MarkUsed(it->get());
    return it->get();
  }

  // A hint that Find will be called with it.
  void Prefetch(std::string_view encoded_key) const { by_key_.prefetch(encoded_key); }

  // What Find does beside finding.
  void MarkUsed(LeadSlot* slot) const {
    if (slot->epoch != epoch_) slot->used = true;
  }

  bool IsDirty(std::string_view encoded_key) const {
    auto it = by_key_.find(encoded_key);
    return it != by_key_.end() && (*it)->dirty;
  }

  // The key must not be there.
  LeadSlot* Insert(std::string_view encoded_key) {
    auto slot = std::make_unique<LeadSlot>();
    slot->encoded_key = encoded_key;
    slot->position = circle_.size();
    slot->epoch = epoch_;
    circle_.push_back(slot.get());
    return by_key_.insert(std::move(slot)).first->get();
  }

  void SetBytes(LeadSlot* slot, size_t bytes) {
    bytes_ += bytes - slot->bytes;
    slot->bytes = bytes;
  }

  void Remove(LeadSlot* slot) {
    bytes_ -= slot->bytes;
    circle_.back()->position = slot->position;
    circle_[slot->position] = circle_.back();
    circle_.pop_back();
    by_key_.erase(by_key_.find(std::string_view(slot->encoded_key)));
  }

  // Ends the epoch; no slot is dirty. Gives those used since the hand last passed a second chance.
  void EvictDownTo(size_t max_bytes) {
    ++epoch_;
    while (bytes_ > max_bytes && !circle_.empty()) {
      if (hand_ >= circle_.size()) hand_ = 0;
      LeadSlot* slot = circle_[hand_];
      if (slot->used) {
        slot->used = false;
        ++hand_;
      } else {
        Remove(slot);  // the last one takes its place
      }
    }
  }

 private:
  static std::string_view KeyOf(std::string_view encoded_key) { return encoded_key; }
  static std::string_view KeyOf(const std::unique_ptr<LeadSlot>& slot) { return slot->encoded_key; }

  struct Hash {
    using is_transparent = void;
    template <typename T>
    size_t operator()(const T& value) const {
      return absl::HashOf(KeyOf(value));
    }
  };
  struct Equal {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return KeyOf(a) == KeyOf(b);
    }
  };

  absl::flat_hash_set<std::unique_ptr<LeadSlot>, Hash, Equal> by_key_;
  std::vector<LeadSlot*> circle_;
  size_t hand_ = 0;
  uint64_t epoch_ = 0;
  size_t bytes_ = 0;
};

}  // namespace leadpulse::state
