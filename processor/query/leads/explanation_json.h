// Why a lead is where it is and when that changes, as JSON: what `leadpulse explain --format json` prints and the API
// answers.
#pragma once

#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/explanation.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// One object without line ends. `explanation`: that of `lead` at `at`.
std::string ExplanationJson(const state::Lead& lead, const config::TenantDefinitions& definitions,
                            const view::Explanation& explanation, Instant at);

}  // namespace leadpulse::query
