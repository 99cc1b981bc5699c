// The sections of the page, each a chart with its numbers. The functions return markup.
#pragma once

#include <string>

#include "processor/query/report/report.h"

namespace leadpulse::report {

std::string PipelineSection(const TenantReport& tenant);
std::string ScoresSection(const Histogram& scores);
// Empty if no lead shares an address.
std::string AddressesSection(const TenantReport& tenant);

// Empty without changes.
std::string StageHistorySection(const TenantReport& tenant, const Period& period);
std::string TiersSection(const TenantReport& tenant);
std::string SegmentsSection(const TenantReport& tenant, const Period& period);

std::string CampaignsSection(const TenantReport& tenant);

// The style sheet in the page's head.
extern const char kStyleSheet[];

}  // namespace leadpulse::report
