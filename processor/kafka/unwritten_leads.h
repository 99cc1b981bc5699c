// The leads of a partition with changes that lead.journal has, and lead.state or lead.profiles has not yet; and the
// rows of counts by day that lead.state lacks likewise. Owned and called by one worker.
//
// A lead goes to each topic a while after its first change that the topic lacks, with all that follow. So a restore
// reads lead.journal from the first change that one of them lacks. A key has one record for all queues that it waits
// in: an event costs one look-up, and what is written is taken out without another.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "processor/base/seeded_hash.h"
#include "processor/engine/partition_meta.h"
#include "state/store/lead_reader.h"

namespace leadpulse::kafka {

// How soon a changed lead goes to lead.profiles: never, after `profiles.counts_interval`, or after `profiles.interval`.
enum class ProfileWanted : uint8_t { kNo, kLater, kSoon };

class UnwrittenLeads {
 private:
  struct Entry;

 public:
  using Time = std::chrono::steady_clock::time_point;
  // Each queue has its keys in the order of the first change that its topic lacks.
  enum Queue : uint8_t {
    kRows,       // rows of leads, for lead.state
    kSoon,       // leads that lead.profiles gets after `profiles.interval`
    kLater,      // leads that it gets after `profiles.counts_interval`
    kDayCounts,  // rows of counts by day, for lead.state
  };
  static constexpr size_t kQueues = 4;

  // A key and its entries in the queues. Stays at its address until it waits nowhere.
  struct Waiting {
    state::EncodedLeadKey key;
    size_t hash = 0;
    std::array<Entry*, kQueues> entries{};  // null: does not wait there
  };

  UnwrittenLeads() = default;
  UnwrittenLeads(UnwrittenLeads&&) = default;  // pointers stay valid: a deque moves no element
  UnwrittenLeads& operator=(UnwrittenLeads&&) = default;

  // Adds a key that has changed in an epoch whose deltas are at `offset` of lead.journal, or behind, unless it waits
  // there already. `key`: tenant NUL lead, or that of a row of counts. Offsets and times do not descend from call to
  // call.
  void Add(Queue queue, std::string_view key, int64_t offset, Time at) { Push(queue, RecordOf(key), offset, at); }
  // Adds a changed lead to the queues of its row and its profile.
  void Note(std::string_view key, int64_t offset, Time at, ProfileWanted profile);
  // Adds it to that of its profile.
  void NoteProfile(std::string_view key, int64_t offset, Time at, ProfileWanted profile);
  // Prefetches what Note reads first.
  void Prefetch(std::string_view key) const { by_key_.prefetch(KeyHash{SeededHash(key)}); }

  // Returns null if the key waits nowhere.
  Waiting* Find(std::string_view key) const;
  // Takes a key out of these queues, because their topics have it as it is. `waiting` ends if it waits nowhere else.
  void Remove(Waiting* waiting, std::initializer_list<Queue> queues);
  // Removes a lead from all.
  void Forget(std::string_view key);

  // Takes `now` for the time of all.
  void BeginAt(Time now);

  // Whether something waits there since `until` or longer.
  bool AnySince(Queue queue, Time until) const;
  // Returns at most `most` of it, the oldest first. They stay in their places until they are removed.
  std::vector<Waiting*> Oldest(Queue queue, Time until, size_t most) const;
  // Returns the offset of lead.journal from which it has all that the queue's topic lacks; `end` if that lacks nothing.
  int64_t LacksFrom(Queue queue, int64_t end) const;
  // Sets the offsets from which a restore needs lead.journal. `end`: where that goes on.
  void SetOffsets(int64_t end, engine::PartitionPosition* position) const;

  size_t size(Queue queue) const { return queues_[queue].waiting; }
  // Returns how many leads lead.profiles lacks, or has without their last changes; some may count twice.
  size_t profiles() const { return size(kSoon) + size(kLater); }
  // Returns about the memory in use by a queue. A key that waits in several counts in each.
  size_t bytes(Queue queue) const { return queues_[queue].bytes; }

 private:
  struct Entry {
    Waiting* waiting = nullptr;  // null: was removed
    int64_t offset = 0;
    Time at;
  };
  struct Entries {
    std::deque<Entry> list;  // the first one waits
    size_t waiting = 0;
    size_t bytes = 0;
  };
  struct KeyHash {
    size_t value;
  };
  struct Wanted {
    size_t hash;
    std::string_view key;
  };
  // The hash is stored in the table, so that a look-up reads no record but the one it finds.
  struct Bucket {
    size_t hash;
    std::unique_ptr<Waiting> waiting;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Bucket& bucket) const { return bucket.hash; }
    size_t operator()(const KeyHash& hash) const { return hash.value; }
    size_t operator()(const Wanted& wanted) const { return wanted.hash; }
    size_t operator()(const Waiting* waiting) const { return waiting->hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Bucket& a, const Bucket& b) const { return a.waiting == b.waiting; }
    bool operator()(const Bucket& a, const Wanted& b) const { return a.hash == b.hash && a.waiting->key == b.key; }
    bool operator()(const Bucket& a, const Waiting* b) const { return a.waiting.get() == b; }
  };

  // Returns the record of a key, a new one if it waits nowhere: the caller adds it to a queue.
  Waiting* RecordOf(std::string_view key);
  void Push(Queue queue, Waiting* waiting, int64_t offset, Time at);
  void PushProfile(Waiting* waiting, int64_t offset, Time at, ProfileWanted profile);
  // Takes out all entries that do not wait any more.
  static void Compact(Queue queue, Entries* entries);

  absl::flat_hash_set<Bucket, Hash, Equal> by_key_;
  std::array<Entries, kQueues> queues_;
};

}  // namespace leadpulse::kafka
