// Compares the journal, the commands and the profile of one lead in two states. The order in which they came does not
// count, nor what depends on it (sequence number, last published view).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/lead/lead.h"

namespace leadpulse::query {

// Ids that only one of the two has, or both with different content: their number, and the first few.
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
  bool former_life = false;          // erased at different instants, and created again since
  std::vector<std::string> profile;  // the parts that differ: `tags`, `attribute industry`

  bool any() const {
    return events_left.count + events_right.count + events_other.count + commands_left.count + commands_right.count >
               0 ||
           folded || former_life || !profile.empty();
  }
};

// Ignores Attribute::converted, which follows from the definitions.
HistoryDifference CompareHistories(const state::Lead& left, const state::Lead& right);

}  // namespace leadpulse::query
