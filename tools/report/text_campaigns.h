// The campaigns of a report for a terminal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "processor/query/report/report.h"

namespace leadpulse::report {

// A row of a table of campaigns: a name and its counts.
using CampaignRow = std::pair<std::string, const CampaignCounts*>;

// The first `most` campaigns, the others summed into `rest`, which outlives the rows; then mail without a campaign, and
// all mail. Empty without mail.
std::vector<CampaignRow> CampaignRows(const TenantReport& tenant, size_t most, CampaignCounts* rest);

std::string CampaignTables(const TenantReport& tenant);

}  // namespace leadpulse::report
