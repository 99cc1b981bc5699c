// The line that a lead should have in leads.jsonl.
#pragma once

#include "tests/support/model/facts.h"
#include "tests/support/model/view.h"

namespace leadpulse::model {

// Returns what a command has changed of a lead as LEAD_UPDATED names it, between commas.
std::string UpdatedNames(const Lead& before, const Lead& after, const Command& command,
                         const TenantDefinitions& definitions);

// Returns a lead's line of `leads.jsonl`.
Json LeadLine(const Facts& facts, const View& view, int64_t seq);

}  // namespace leadpulse::model
