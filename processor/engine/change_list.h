// Changes in the order in which they were published.
//
// clear() keeps the memory of changes and their texts for reuse: with many segments an event makes several changes,
// each with seven texts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/ids.h"
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

// Reports an applied command to those who show the lead. Not part of the output: a replay may leave it out.
struct LeadUpdate {
  LeadKey key;
  ChangeAudience audience;
  std::string version;  // state::LeadVersion after the command
};

// A moved-from list may only be assigned to or destroyed.
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
  // Who sent the command that caused a change. Empty if the command does not say, or if something else caused the
  // change. It is not part of the output.
  const std::string& actor(size_t i) const { return actors_[i]; }
  // The actor of the latest change. The caller of Append sets it.
  std::string& latest_actor() { return actors_[size_ - 1]; }
  // Who may know of the latest change. The caller of Append sets it.
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

}  // namespace leadpulse::engine
