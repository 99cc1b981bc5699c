// The pipeline as the columns of a board (query.proto).
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// The search for the leads of the column. The column's cursor is one of this search.
v1::FindLeads SearchOf(const v1::PipelineColumn& column, const v1::GetPipeline& request);

// Visits all leads of the tenant, once. Rejected: order or limit is wrong.
Result<v1::Pipeline> GetPipeline(const Snapshot& snapshot, const v1::GetPipeline& request);

}  // namespace leadpulse::serve
