// The explanation of a lead's view and its next changes, as a message and as JSON: the output of `leadpulse explain
// --format json` and of the API.
#pragma once

#include <string>

#include "config/definitions.h"
#include "leadpulse/v1/lead_history.pb.h"
#include "processor/base/instant.h"
#include "processor/view/explanation.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// Returns the message. `explanation`: that of `lead` at `at`.
v1::Explanation ExplanationMessage(const state::Lead& lead, const config::TenantDefinitions& definitions,
                                   const view::Explanation& explanation, Instant at);
// Returns one object without line ends.
std::string ExplanationJson(const v1::Explanation& explanation);

}  // namespace leadpulse::query
