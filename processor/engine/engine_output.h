// The output of an engine since the last commit.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "processor/engine/change_list.h"
#include "processor/engine/lead_message.h"
#include "schemas/codec/records.h"

namespace leadpulse::engine {

struct EngineCounters {
  uint64_t events = 0;               // applied
  uint64_t commands = 0;             // applied
  uint64_t duplicates = 0;           // event_id or command_id was applied before
  uint64_t dropped_erased = 0;       // at or before the lead's erasure
  uint64_t dropped_folded = 0;       // at or before the newest folded entry
  uint64_t folded = 0;               // entries that left a journal for its totals
  uint64_t properties_left_out = 0;  // declared event properties that could not be converted
  uint64_t attributes_unset = 0;     // attributes that new definitions cannot convert
  uint64_t timers = 0;               // evaluations due to time alone
  uint64_t reevaluated = 0;          // leads evaluated because of new definitions
  uint64_t passed_on = 0;            // events recorded for users of the mailbox they were sent for
  uint64_t refused = 0;              // leads that may not use a mailbox, which has too many users
  std::array<uint64_t, codec::kChangeKindCount> changes{};  // by ChangeKind

  void Add(const EngineCounters& other);
  // Changes of every kind.
  uint64_t AllChanges() const;
};

// At this number changes are taken: some 100 KB with their texts, they are still in a near cache. With ten thousand
// segments a batch of events makes tens of thousands.
inline constexpr size_t kChangesInCache = 256;

struct EngineOutput {
  ChangeList changes;                 // each lead's in sequence
  std::vector<LeadMessage> messages;  // in the order in which they were sent; the owner delivers them
  EngineCounters counters;

  // Applied commands, in order. Filled only while `wants_updates`, which is called at each command, is set and returns
  // true.
  std::vector<LeadUpdate> updates;
  std::function<bool()> wants_updates;

  // Called, if set, when there are `max_changes` changes or updates, and takes both away. One call of the engine can
  // make any number: the timers of one lead over thousands of years, or ten thousand segments for each of thousands of
  // leads.
  std::function<void()> take_changes;
  size_t max_changes = 0;

  void OfferChanges() {
    if (std::max(changes.size(), updates.size()) >= max_changes && take_changes) take_changes();
  }
};

// Whether a step has reached its limit: at least `most` changes since this was made. `output` outlives it.
class ChangeLimit {
 public:
  ChangeLimit(const EngineOutput& output, uint64_t most)
      : counters_(output.counters), before_(counters_.AllChanges()), most_(most) {}
  bool reached() const { return counters_.AllChanges() - before_ >= most_; }

 private:
  const EngineCounters& counters_;
  const uint64_t before_;
  const uint64_t most_;
};

}  // namespace leadpulse::engine
