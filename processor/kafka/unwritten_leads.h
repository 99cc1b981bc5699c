// The leads of a partition with changes that lead.journal has, and lead.state or lead.profiles has not yet; and the
// rows of counts by day that lead.state lacks likewise.
//
// A lead goes to each topic a while after its first change that the topic lacks, with all that follow. So a restore
// reads lead.journal from the first change that one of them lacks. Owned and called by one worker.
#pragma once

#include <algorithm>
#include <string_view>

#include "processor/engine/partition_meta.h"
#include "processor/kafka/lead_queue.h"

namespace leadpulse::kafka {

// How soon a changed lead goes to lead.profiles: never, after `profiles.counts_interval`, or after `profiles.interval`.
enum class ProfileWanted : uint8_t { kNo, kLater, kSoon };

struct UnwrittenLeads {
  using Time = LeadQueue::Time;

  LeadQueue rows;   // for lead.state
  LeadQueue soon;   // for lead.profiles
  LeadQueue later;  // likewise
  LeadQueue days;   // rows of counts by day, for lead.state

  // Adds a changed lead to the queues; see LeadQueue::Add.
  void Note(std::string_view key, int64_t offset, Time at, ProfileWanted profile) {
    rows.Add(key, offset, at);
    NoteProfile(key, offset, at, profile);
  }
  void NoteProfile(std::string_view key, int64_t offset, Time at, ProfileWanted profile) {
    if (profile == ProfileWanted::kSoon) soon.Add(key, offset, at);
    if (profile == ProfileWanted::kLater && !soon.Contains(key)) later.Add(key, offset, at);
  }
  // Removes a lead whose profile is written. Returns whether lead.profiles lacked it.
  bool TakeProfile(std::string_view key) {
    const bool was_soon = soon.Remove(key);
    return later.Remove(key) || was_soon;
  }
  void Forget(std::string_view key) {
    rows.Remove(key);
    TakeProfile(key);
  }
  // Takes `now` for the time of all.
  void BeginAt(Time now) {
    for (LeadQueue* queue : {&rows, &soon, &later, &days}) queue->BeginAt(now);
  }
  // Sets the offsets from which a restore needs lead.journal. `end`: where that goes on.
  void SetOffsets(int64_t end, engine::PartitionPosition* position) const {
    position->rows_from = rows.LacksFrom(end);
    position->profiles_soon_from = soon.LacksFrom(end);
    position->deltas_from =
        std::min({*position->rows_from, *position->profiles_soon_from, later.LacksFrom(end), days.LacksFrom(end)});
  }
  // Returns how many leads lead.profiles lacks, or has without their last changes; some may count twice.
  size_t profiles() const { return soon.size() + later.size(); }
  // Returns about the memory in use.
  size_t bytes() const { return rows.bytes() + soon.bytes() + later.bytes() + days.bytes(); }
};

}  // namespace leadpulse::kafka
