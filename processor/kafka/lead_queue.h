// The leads of a partition that wait to be written to a topic, in the order of their first change that it lacks.
// Owned and called by one worker.
#pragma once

#define XXH_INLINE_ALL  // keys are short: a call would cost more than the hash
#include <xxhash.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "state/store/lead_reader.h"

namespace leadpulse::kafka {

class LeadQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  LeadQueue() = default;
  LeadQueue(LeadQueue&&) = default;  // the pointers in waiting_ stay valid: a deque moves no element
  LeadQueue& operator=(LeadQueue&&) = default;

  // Adds a lead that has changed in an epoch whose deltas are at `offset` of lead.journal, or behind, unless it waits
  // already. `key`: tenant NUL lead. Offsets and times do not descend from call to call.
  void Add(std::string_view key, int64_t offset, Time at);
  // Removes a lead, because the topic has it as it is. Returns whether it waited.
  bool Remove(std::string_view key);
  bool Contains(std::string_view key) const { return waiting_.contains(key); }

  // Takes `now` for the time of all.
  void BeginAt(Time now);

  // Whether a lead waits since `until` or longer.
  bool AnySince(Time until) const { return !queue_.empty() && queue_.front().at <= until; }
  // Returns at most `most` of these leads, the oldest first.
  std::vector<state::EncodedLeadKey> Oldest(Time until, size_t most) const;
  // Returns the offset of lead.journal from which it has all that the topic lacks; `end` if that lacks nothing.
  int64_t LacksFrom(int64_t end) const { return queue_.empty() ? end : queue_.front().offset; }

  size_t size() const { return waiting_.size(); }
  // Returns about the memory in use.
  size_t bytes() const { return bytes_; }

 private:
  // Differs from process to process, so that nobody can send leads whose keys collide. (The address of kAnywhere does.)
  struct Hash {
    size_t operator()(std::string_view key) const {
      static const char kAnywhere = 0;
      return XXH3_64bits_withSeed(key.data(), key.size(), reinterpret_cast<uintptr_t>(&kAnywhere));
    }
  };
  struct Entry {
    state::EncodedLeadKey key;
    int64_t offset = 0;
    Time at;
    bool waits = true;
  };

  void PopFront();
  // Takes out all entries that do not wait any more.
  void Compact();

  std::deque<Entry> queue_;                                      // the first one waits
  absl::flat_hash_map<std::string_view, Entry*, Hash> waiting_;  // into queue_
  size_t bytes_ = 0;
};

}  // namespace leadpulse::kafka
