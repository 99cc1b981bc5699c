// What a row's records would do to a lead that is there.
#pragma once

#include <vector>

#include "processor/importing/row_reader.h"
#include "state/lead.h"

namespace leadpulse::tools {

// Whether anything that the records say differs from what the lead has; false where all of them were applied before.
// Values are compared as they were sent, a number and its text as the same.
bool ChangesSomething(const state::Lead& lead, const std::vector<importing::Record>& records);

}  // namespace leadpulse::tools
