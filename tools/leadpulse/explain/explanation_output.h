// An explanation for people and for programs.
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

// One JSON object and a line end.
std::string ExplanationJson(const state::Lead& lead, const config::TenantDefinitions& definitions,
                            const view::Explanation& explanation, Instant at);

// `counted`, `cut_by_limit`, `expired`, `before_reset`, `retracted`.
std::string_view ContributionName(view::ContributionKind kind);

}  // namespace leadpulse::tools
