// Examines the published changes of leads: each row belongs to a lead that is held, and to its present life.
#pragma once

#include <optional>
#include <string_view>

#include "processor/maintenance/state_problem.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {

// nullopt if the row is as it should be, or another row that decides it cannot be read, which is reported with that
// row. `may_be_erased`: leads of its partition have been erased.
std::optional<StateProblem> ExaminePublished(const state::StateRows& rows, std::string_view row_key,
                                             std::string_view value, bool may_be_erased);

}  // namespace leadpulse::maintenance
