// An explanation for people; processor/query/leads/explanation_json.h has it for programs.
#pragma once

#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/explanation.h"
#include "state/lead/lead.h"

namespace leadpulse::tools {

// Several lines for a terminal, with a line end at the end.
std::string ExplanationText(const state::Lead& lead, const config::TenantDefinitions& definitions,
                            const view::Explanation& explanation, Instant at);

}  // namespace leadpulse::tools
