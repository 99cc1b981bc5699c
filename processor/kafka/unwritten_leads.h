// The leads of a partition with changes that are in lead.journal and not yet in lead.state, in the order of their first
// such change.
//
// A lead's row goes to lead.state a while after that change, and with it all that follow. So the deltas before the
// first change of the first lead here are no longer needed for a restore. Owned and called by one worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "state/store/lead_reader.h"

namespace leadpulse::kafka {

class UnwrittenLeads {
 public:
  using Time = std::chrono::steady_clock::time_point;

  UnwrittenLeads() = default;
  UnwrittenLeads(UnwrittenLeads&&) = default;  // the views in keys_ stay valid: a deque moves no element
  UnwrittenLeads& operator=(UnwrittenLeads&&) = default;

  // Notes that the lead has changed in an epoch whose deltas are at `offset` of lead.journal, or behind. `key`: tenant
  // NUL lead. Offsets and times do not descend from call to call.
  void Note(std::string_view key, int64_t offset, Time at);
  // Notes that lead.state has the lead as it is.
  void Forget(std::string_view key);

  // Takes `now` for the first change of all.
  void BeginAt(Time now);

  // Whether a lead is noted whose first change is not later than `until`.
  bool AnySince(Time until);
  // Returns at most `most` of these leads, the oldest first.
  std::vector<state::EncodedLeadKey> Oldest(Time until, size_t most);
  // Takes out the first `count` leads that Oldest returned.
  void TakeOldest(size_t count);

  // Returns the offset of lead.journal from which it has all that lead.state lacks; `end` if that lacks nothing.
  int64_t DeltasFrom(int64_t end);

  size_t size() const { return keys_.size(); }
  // Returns about the memory in use.
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    state::EncodedLeadKey key;
    int64_t offset;
    Time at;
  };

  bool IsNoted(const Entry& entry) const {
    const auto found = keys_.find(entry.key);
    return found != keys_.end() && found->data() == entry.key.data();
  }
  void PopFront();
  // Removes all entries that are not noted any more.
  void Compact();
  // Removes entries from the front that are not noted any more.
  void Tidy() {
    while (!queue_.empty() && !IsNoted(queue_.front())) PopFront();
  }

  std::deque<Entry> queue_;
  absl::flat_hash_set<std::string_view> keys_;  // into queue_
  size_t bytes_ = 0;
};

}  // namespace leadpulse::kafka
