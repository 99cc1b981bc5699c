// All that is held of one lead, for the person it is about: the members of its row in leads.jsonl first, then
// everything that is summed up there.
#pragma once

#include <string>
#include <string_view>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "state/lead/lead.h"

namespace leadpulse::tools {

// One JSON object without a line end. Attribute::converted of the lead must be of these definitions. The members are
// those that tools/README.md lists.
std::string LeadRecordJson(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant at);

// The same JSON with a member or element a line, two spaces a level, and a line end at the end. The text must be valid
// JSON without white space between its tokens.
std::string IndentJson(std::string_view json);

}  // namespace leadpulse::tools
