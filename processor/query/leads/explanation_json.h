// The explanation of a lead's view and its next changes, as JSON: the output of `leadpulse explain --format json` and
// of the API.
#pragma once

#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/explanation.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// Returns one object without line ends. `explanation`: that of `lead` at `at`.
std::string ExplanationJson(const state::Lead& lead, const config::TenantDefinitions& definitions,
                            const view::Explanation& explanation, Instant at);

}  // namespace leadpulse::query
