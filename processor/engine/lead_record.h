// A lead as the topic `lead.state` holds it: what it shows to others, and the stored lead.
#pragma once

#include <string>
#include <string_view>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// Appends a leadpulse.v1.LeadRecord of the view that the lead published last, at the instant `at`. `definitions` are
// those of the lead's definitions_number, to which the view's indexes belong; `stored` is what state::EncodeLead made
// of this lead. All names are spelt as in changes. Thread-safe.
void EncodeLeadRecord(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant at,
                      std::string_view stored, std::string* out);

}  // namespace leadpulse::engine
