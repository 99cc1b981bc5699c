// Queries of query.proto about leads of a tenant together. Those without ids visit all of them.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// Rejected: limit or cursor is wrong.
Result<v1::Duplicates> FindDuplicates(const Snapshot& snapshot, const v1::FindDuplicates& request);

// Leads in one FindSendable.
inline constexpr int kMostSendable = 1'000;

// Rejected: too many ids, or the caller does not see the whole tenant.
Result<v1::SendableLeads> FindSendable(const Snapshot& snapshot, const v1::FindSendable& request);

Result<v1::LeadCounts> CountLeads(const Snapshot& snapshot, const v1::CountLeads& request);

}  // namespace leadpulse::serve
