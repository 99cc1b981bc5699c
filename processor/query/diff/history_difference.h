// How the journal, the commands and the profile of one lead differ between two states, whatever the order in which they
// came. What was published of the lead (sequence number, last view) depends on the order and does not count.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/lead/lead.h"

namespace leadpulse::query {

// Ids that only one of the two has, or both have with other content: how many, and the first few.
struct DifferentIds {
  static constexpr size_t kMostNamed = 3;

  uint64_t count = 0;
  std::vector<std::string> first;  // ascending by bytes, at most kMostNamed

  void Add(std::string_view id) {
    if (++count <= kMostNamed) first.emplace_back(id);
  }
};

struct HistoryDifference {
  DifferentIds events_left;          // that only the left journal holds
  DifferentIds events_right;         // that only the right one holds
  DifferentIds events_other;         // that both hold under one id, with other content
  DifferentIds commands_left;        // of the last kMaxAppliedCommandIds, those that only the left one has
  DifferentIds commands_right;       // and the right one
  bool folded = false;               // other events have left the journals and live on as counts
  bool former_life = false;          // erased at another instant, and come back since
  std::vector<std::string> profile;  // the parts that differ: `tags`, `attribute industry`

  bool any() const {
    return events_left.count + events_right.count + events_other.count + commands_left.count + commands_right.count >
               0 ||
           folded || former_life || !profile.empty();
  }
};

// Attribute::converted is not looked at: it follows from the definitions.
HistoryDifference CompareHistories(const state::Lead& left, const state::Lead& right);

}  // namespace leadpulse::query
