// The output of an engine since the last commit.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/engine/day_counter.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/left_out_properties.h"
#include "schemas/codec/records.h"

namespace leadpulse::engine {

// Which agents may know of a change. Agents see their own leads and those without an agent; a change does not name the
// agent, because who may see it is no part of the output.
struct ChangeAudience {
  // The lead's agent after the change; empty: it has none. nullopt: there is no lead that an agent could see.
  std::optional<std::string> agent;
  // The agent before, if the change took the lead away from those who saw it.
  std::optional<std::string> agent_before;
  // A record of another lead caused the change. Agents may not see which one.
  bool hides_cause = false;
};

// Reports an applied record to those who show the lead. Not part of the output: a replay may leave it out.
struct LeadUpdate {
  LeadKey key;
  ChangeAudience audience;
  std::string version;  // state::LeadVersion after a command; empty: it was an event
};

// Changes in the order in which they were published. A moved-from list may only be assigned to or destroyed.
//
// clear() keeps the memory of changes and their texts for reuse: with many segments an event makes several changes,
// each with seven texts.
class ChangeList {
 public:
  // Appends a change with arbitrary content: the caller sets every field.
  codec::Change& Append() {
    if (size_ == changes_.size()) {
      changes_.emplace_back();
      audiences_.emplace_back();
      actors_.emplace_back();
    }
    return changes_[size_++];
  }
  void clear() {
    size_ = 0;
    if (changes_.size() > kMaxKept) {
      changes_.resize(kMaxKept);
      audiences_.resize(kMaxKept);
      actors_.resize(kMaxKept);
    }
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const codec::Change& operator[](size_t i) const { return changes_[i]; }
  const codec::Change& back() const { return changes_[size_ - 1]; }
  const ChangeAudience& audience(size_t i) const { return audiences_[i]; }
  // Returns who sent the command that caused a change. Empty if the command does not say, or if something else caused
  // the change. It is not part of the output.
  const std::string& actor(size_t i) const { return actors_[i]; }
  // Returns the actor of the latest change. The caller of Append sets it.
  std::string& latest_actor() { return actors_[size_ - 1]; }
  // Returns the latest change, for what only some kinds have.
  codec::Change& latest() { return changes_[size_ - 1]; }
  // Returns who may know of the latest change. The caller of Append sets it.
  ChangeAudience& latest_audience() { return audiences_[size_ - 1]; }
  const codec::Change* data() const { return changes_.data(); }
  const codec::Change* begin() const { return changes_.data(); }
  const codec::Change* end() const { return changes_.data() + size_; }

 private:
  // Some 10 MB. A batch of events makes fewer changes, except when many leads change at once.
  static constexpr size_t kMaxKept = 16 << 10;

  std::vector<codec::Change> changes_;
  std::vector<ChangeAudience> audiences_;  // parallel
  std::vector<std::string> actors_;        // parallel
  size_t size_ = 0;
};

struct EngineCounters {
  uint64_t events = 0;                 // applied
  uint64_t commands = 0;               // applied
  uint64_t duplicates = 0;             // event_id or command_id was applied before
  uint64_t dropped_erased = 0;         // at or before the lead's erasure
  uint64_t dropped_folded = 0;         // at or before the newest folded entry
  uint64_t folded = 0;                 // entries that left a journal for its totals
  uint64_t properties_left_out = 0;    // declared event properties that could not be converted
  uint64_t attributes_unset = 0;       // attributes that new definitions cannot convert
  uint64_t attributes_undeclared = 0;  // set although strict_fields demands a declaration
  uint64_t timers = 0;                 // evaluations due to time alone
  uint64_t reevaluated = 0;            // leads evaluated because of new definitions
  uint64_t passed_on = 0;              // events recorded for users of the mailbox they were sent for
  uint64_t refused = 0;                // leads that may not use a mailbox, which has too many users
  std::array<uint64_t, codec::kChangeKindCount> changes{};  // by ChangeKind
  LeftOutProperties left_out = {};                          // those of properties_left_out, by name and reason

  void Add(const EngineCounters& other) {
    events += other.events;
    commands += other.commands;
    duplicates += other.duplicates;
    dropped_erased += other.dropped_erased;
    dropped_folded += other.dropped_folded;
    folded += other.folded;
    properties_left_out += other.properties_left_out;
    attributes_unset += other.attributes_unset;
    attributes_undeclared += other.attributes_undeclared;
    timers += other.timers;
    reevaluated += other.reevaluated;
    passed_on += other.passed_on;
    refused += other.refused;
    for (size_t i = 0; i < changes.size(); ++i) changes[i] += other.changes[i];
    left_out.Add(other.left_out);
  }
  // Returns the number of changes of all kinds.
  uint64_t AllChanges() const { return std::accumulate(changes.begin(), changes.end(), uint64_t{0}); }
};

// At this number changes are taken: some 100 KB with their texts, they are still in a near cache. With ten thousand
// segments a batch of events makes tens of thousands.
inline constexpr size_t kChangesInCache = 256;

struct EngineOutput {
  ChangeList changes;                 // each lead's in sequence
  std::vector<LeadMessage> messages;  // in the order in which they were sent; the owner delivers them
  EngineCounters counters;
  DayCounter day_counter;

  // Applied commands, in order. Filled only while `wants_updates`, which is called at each command, is set and returns
  // true. `wants_touches` likewise for events.
  std::vector<LeadUpdate> updates;
  std::function<bool()> wants_updates;
  std::function<bool()> wants_touches;

  // Called, if set, when there are `max_changes` changes or updates, and takes both away. One call of the engine can
  // make any number: the timers of one lead over thousands of years, or ten thousand segments for each of thousands of
  // leads.
  std::function<void()> take_changes;
  size_t max_changes = kChangesInCache;

  void OfferChanges() {
    if (std::max(changes.size(), updates.size()) >= max_changes && take_changes) take_changes();
  }
};

// Appends that an event was applied to the lead, if somebody wants to know.
inline void ReportTouch(const state::Lead& lead, EngineOutput* output) {
  if (!output->wants_touches || !output->wants_touches() || !lead.is_lead()) return;
  output->updates.push_back({lead.key, {lead.profile.extras->agent_id, {}}, ""});
  output->OfferChanges();
}

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
