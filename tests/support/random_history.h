// Small random histories of one tenant's leads for RapidCheck. Ids are few and instants close, so duplicates,
// retractions, late events and equal times are frequent. Shrinks to a short list of readable rows.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/ids.h"

namespace leadpulse::testing {

struct HistoryRow {
  enum class Kind { kEvent, kRetract, kCommand };
  Kind kind = Kind::kEvent;
  int lead = 0;
  int id = 0;
  int64_t minutes = 0;  // after the history's start
  EventType type = EventType::kOpen;
  int message = 0;   // 0: none
  int campaign = 0;  // 0: none
  bool machine = false;
  bool soft = false;
  int target = 0;  // what a retract names
  int command = 0;
};

inline constexpr int kHistoryLeads = 3;

LeadKey HistoryLead(int lead);
// Returns the record as a JSONL line.
std::string ToJson(const HistoryRow& row);
std::ostream& operator<<(std::ostream& out, const HistoryRow& row);

// Returns definitions that use all features in the history: limits, decay, expiry, resets, windows, sequences,
// references.
std::string HistoryDefinitions(int variant);
inline constexpr int kHistoryDefinitionVariants = 3;

rc::Gen<HistoryRow> AnyEvent();
rc::Gen<HistoryRow> AnyRow();
rc::Gen<std::vector<HistoryRow>> AnyEvents();
rc::Gen<std::vector<HistoryRow>> AnyHistory();

}  // namespace leadpulse::testing
