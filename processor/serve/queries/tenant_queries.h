// Queries of query.proto about the leads of a tenant together. Each visits all of them.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// Rejected: limit or cursor is wrong.
Result<v1::Duplicates> FindDuplicates(const Snapshot& snapshot, const v1::FindDuplicates& request);

Result<v1::LeadCounts> CountLeads(const Snapshot& snapshot, const v1::CountLeads& request);

}  // namespace leadpulse::serve
