// Mends a state as far as that takes no guessing.
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
  // Rows that cannot be read go here, one JSON object a line: {"family","subject","why","key","value"}, key and value
  // in base64. Empty: they stay where they are.
  std::string quarantine_file = {};
  // Leads whose view is not what their history gives become due, so that the next run publishes the difference.
  bool reevaluate = false;
};

struct RepairReport {
  std::array<uint64_t, static_cast<size_t>(ProblemKind::kCount)> mended{};
  uint64_t quarantined = 0;  // of those mended
  uint64_t left = 0;         // those that `on_left` was called for
};

// Rejected: a state of the live mode, which must equal its changelog. Fatal: a later version of this program has
// evaluated the state.
Status CheckMayBeRepaired(const state::StateRows& rows);

// `rows` is open to repair. Files are read first: where one is damaged, nothing is changed, for what looks like a timer
// without a lead may be one whose lead is among what was lost. Everything else is mended in bounded writes, each
// durable: stopped or killed between two of them, the same call finishes the rest. `on_left` is called for each problem
// that stays; its error ends the repair. Rejected and Fatal: as above.
Result<RepairReport> RepairState(const RepairOptions& options, state::StateRows* rows,
                                 const std::function<Status(const StateProblem&)>& on_left);

}  // namespace leadpulse::maintenance
