// The whole lead as one JSON object, as `leads.jsonl` has it (spec of the fields: README.md, "What each output means").
#pragma once

#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/view.h"
#include "state/lead.h"

namespace leadpulse::engine {

// Appends one line with its line end. `view` is the lead's at the instant the row is for.
void AppendLeadRow(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                   std::string* out);

}  // namespace leadpulse::engine
