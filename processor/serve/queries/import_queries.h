// What an import asks before it writes.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// Rejected: the caller does not see the whole tenant, or a row has no commands of the tenant.
Result<v1::ContactOutlooks> PreviewContacts(const Snapshot& snapshot, const v1::PreviewContacts& request);

}  // namespace leadpulse::serve
