// The leads of a partition with changes that are in lead.journal and not yet in lead.state, in the order of their first
// such change; and which of them lead.profiles lacks.
//
// A lead's row goes to lead.state a while after that change, and with it all that follow. So the deltas before the
// first change of the first lead here are no longer needed for a restore. A profile that lacks a change goes with the
// row, or earlier if it is wanted soon. Owned and called by one worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "state/store/lead_reader.h"

namespace leadpulse::kafka {

// When a changed lead is to be in lead.profiles.
enum class ProfileWanted : uint8_t { kNo, kWithRow, kSoon };

class UnwrittenLeads {
 public:
  using Time = std::chrono::steady_clock::time_point;

  UnwrittenLeads() = default;
  UnwrittenLeads(UnwrittenLeads&&) = default;  // the pointers in leads_ stay valid: a deque moves no element
  UnwrittenLeads& operator=(UnwrittenLeads&&) = default;

  // Notes that the lead has changed in an epoch whose deltas are at `offset` of lead.journal, or behind. `key`: tenant
  // NUL lead. Offsets and times do not descend from call to call.
  void Note(std::string_view key, int64_t offset, Time at, ProfileWanted profile);
  // Notes that lead.state and lead.profiles have the lead as it is.
  void Forget(std::string_view key);

  // Takes `now` for the first change of all.
  void BeginAt(Time now);

  // Whether a lead is noted whose first change is not later than `until`.
  bool AnySince(Time until);
  // Returns at most `most` of these leads, the oldest first.
  std::vector<state::EncodedLeadKey> Oldest(Time until, size_t most);
  // Takes out the first `count` leads that Oldest returned.
  void TakeOldest(size_t count);

  // Whether a lead's profile has been wanted soon since `until` or before.
  bool AnyProfileSince(Time until);
  // Returns at most `most` of these leads, the oldest first, until TakeProfile; a lead may come twice.
  std::vector<state::EncodedLeadKey> OldestProfiles(Time until, size_t most);
  // Notes that lead.profiles has the lead as it is. Returns whether it did not have it.
  bool TakeProfile(std::string_view key);

  // Returns the offset of lead.journal from which it has all that lead.state lacks; `end` if that lacks nothing.
  int64_t DeltasFrom(int64_t end);

  size_t size() const { return leads_.size(); }
  // Returns about the memory in use.
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    state::EncodedLeadKey key;
    int64_t offset = 0;
    Time at;
    ProfileWanted profile = ProfileWanted::kNo;
    Time soon_at{};  // if kSoon: when it was first wanted soon
  };
  struct ProfileEntry {
    state::EncodedLeadKey key;
    Time at;
  };

  bool IsNoted(const Entry& entry) const {
    const auto found = leads_.find(entry.key);
    return found != leads_.end() && found->second == &entry;
  }
  bool IsWanted(const ProfileEntry& entry) const {
    const auto found = leads_.find(entry.key);
    return found != leads_.end() && found->second->profile == ProfileWanted::kSoon &&
           found->second->soon_at == entry.at;
  }
  void PopFront();
  void PopProfile();
  // Removes all entries that are not noted any more.
  void Compact();
  // Removes entries from the fronts that are not noted any more.
  void Tidy();
  void TidyProfiles();

  std::deque<Entry> queue_;
  std::deque<ProfileEntry> profiles_;
  absl::flat_hash_map<std::string_view, Entry*> leads_;  // into queue_
  size_t bytes_ = 0;
};

}  // namespace leadpulse::kafka
