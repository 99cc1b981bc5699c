// Queries of query.proto about one lead besides its record: why it is where it is, what happened to it, and all of that
// as one document.
#pragma once

#include <optional>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// nullopt, here and below: there is no such lead, or the caller may not see it.
Result<std::optional<v1::LeadDocument>> ExplainLead(const Snapshot& snapshot, const v1::ExplainLead& request);

// Rejected: limit or cursor is wrong.
Result<std::optional<v1::Timeline>> GetTimeline(const Snapshot& snapshot, const v1::GetTimeline& request);

Result<std::optional<v1::LeadDocument>> ExportLead(const Snapshot& snapshot, const v1::ExportLead& request);

}  // namespace leadpulse::serve
