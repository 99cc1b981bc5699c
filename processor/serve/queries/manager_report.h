// The numbers of a report for a manager (query.proto), each with the rule that finds its leads.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/query/report/report.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// Facts and rows of the report `scores`.
void AddScores(const report::Histogram& scores, v1::Report* out);

// Visits all leads of the tenant. Rejected: there is no report of that name.
Result<v1::Report> MakeReport(const Snapshot& snapshot, const v1::MakeReport& request);

}  // namespace leadpulse::serve
