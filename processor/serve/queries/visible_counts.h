// The counts of the leads that the caller sees, by stage, tier, segment, campaign and score.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/query/report/report.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// Counts besides those of all leads, stages and tiers.
struct WantedCounts {
  bool segments = false;
  bool campaigns = false;
  bool scores = false;
};

// Makes a report without addresses, folded events and unwanted counts, and without the number of events of campaigns. A
// campaign is spelled as one of its leads has it. From the index, which it releases, or after a scan of all leads.
// Error if a lead cannot be read.
Result<report::TenantReport> CountVisible(const Snapshot& snapshot, const v1::Caller& caller,
                                          const WantedCounts& wanted);

}  // namespace leadpulse::serve
