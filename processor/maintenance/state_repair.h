// Repairs the problems of a state that have only one solution.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "processor/base/status.h"
#include "processor/maintenance/state_problem.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {

struct RepairOptions {
  // The file for unreadable rows, one JSON object a line: {"family","subject","why","key","value"}, key and value in
  // base64. Empty: they stay in the state.
  std::string quarantine_file = {};
  // Makes leads due whose view does not follow from their history: the next run publishes the difference.
  bool reevaluate = false;
};

struct RepairReport {
  std::array<uint64_t, static_cast<size_t>(ProblemKind::kCount)> mended{};
  uint64_t quarantined = 0;  // also counted in `mended`
  uint64_t left = 0;         // calls of `on_left`
};

// Checks whether the state may be repaired. Rejected: a state of the live mode, which must equal its changelog. Fatal:
// a later version of this program has evaluated the state.
Status CheckMayBeRepaired(const state::StateRows& rows);

// Repairs a state; `rows` is open to repair. Reads the files first and changes nothing if one is damaged: a timer
// without a lead may then belong to a lost lead. Repairs the rest in bounded, durable writes. If the program stops
// between two writes, the same call finishes the rest. Calls `on_left` for each problem that stays; its error ends the
// repair. Rejected and Fatal: as above.
Result<RepairReport> RepairState(const RepairOptions& options, state::StateRows* rows,
                                 const std::function<Status(const StateProblem&)>& on_left);

}  // namespace leadpulse::maintenance
