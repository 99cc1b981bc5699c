// A record of the topic `lead.state`: the published view, and the stored lead.
#pragma once

#include <string>
#include <string_view>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// Appends a leadpulse.v1.LeadRecord of the view that was published last, at the instant `at`. `definitions` are those
// of the lead's definitions_number, which the view's indexes refer to; `stored` is the result of state::EncodeLead.
// Names are spelled as in changes. A lead that waits for its mailbox is pending and not sendable, whatever was
// published. A row that is not a lead has only `stored`. Thread-safe.
void EncodeLeadRecord(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant at,
                      std::string_view stored, std::string* out);

}  // namespace leadpulse::engine
