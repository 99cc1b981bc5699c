// Queries of query.proto about definitions: those in force, and what a segment would hold with another rule.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// Visits all leads of the tenant, and changes nothing. Ends early as ScanControl says. Retriable: the run stops.
Result<v1::SegmentPreview> PreviewSegment(const Snapshot& snapshot, const v1::PreviewSegment& request);

Result<v1::DefinitionsInForce> GetDefinitions(const Snapshot& snapshot, const v1::GetDefinitions& request);

}  // namespace leadpulse::serve
