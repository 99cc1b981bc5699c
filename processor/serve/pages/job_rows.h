// Jobs as the pages show them.
#pragma once

#include "processor/base/json.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Returns the data of job_rows.tpl for a job, as the API describes it.
PageData JobRow(const Json& job, const ShownTimes& times, const ShownNumbers& numbers);
// Whether the job is not over.
bool GoesOn(const Json& job);

}  // namespace leadpulse::serve
