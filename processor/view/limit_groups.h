// Counts, for one scoring rule with a limit, how many entries of each group have given points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "config/definitions.h"
#include "processor/base/calendar.h"
#include "state/lead/journal.h"

namespace leadpulse::view {

class LimitGroups {
 public:
  // Both outlive this.
  LimitGroups(const config::Limit& limit, const Calendar& calendar) : limit_(limit), calendar_(calendar) {}

  // Whether the entry is among the first `count` of its group. Entries must be passed in journal order. An entry
  // without a message (campaign) is a group of its own.
  bool Admit(const state::JournalEntry& entry);

 private:
  const config::Limit& limit_;
  const Calendar& calendar_;
  uint32_t lifetime_ = 0;
  absl::flat_hash_map<std::string_view, uint32_t> by_message_;  // ids of the entries' own
  absl::flat_hash_map<std::string, uint32_t> by_campaign_;      // folded
  absl::flat_hash_map<int32_t, uint32_t> by_day_;
};

}  // namespace leadpulse::view
