// Formats numbers, times and names for reports, and chooses what tables show.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/query/report/report.h"

namespace leadpulse::report {

std::string Grouped(uint64_t number);             // 1,234
std::string GroupedSigned(int64_t number);        // -1,234
std::string Percent(std::optional<double> rate);  // 12.3%; a dash for nullopt
std::string Leads(uint64_t number);               // 1 lead, 2 leads
std::string StageTitle(Stage stage);              // follow-up

// Returns `0 … 9`, `-20 or less` or `100 or more`.
std::string BarTitle(const HistogramBar& bar);

// Returns `to 2026-03-10T09:30:00Z` or `all changes`.
std::string PeriodTitle(const Period& period);

// Returns the largest segments, at most `most`, the largest first.
std::vector<const SegmentReport*> LargestSegments(const TenantReport& tenant, size_t most);

// A row of a table of campaigns: a name and its counts.
using CampaignRow = std::pair<std::string, const CampaignCounts*>;

// Returns the first `most` campaigns, the others summed into `rest`, which outlives the rows; then mail without a
// campaign, and all mail. Empty without mail.
std::vector<CampaignRow> CampaignRows(const TenantReport& tenant, size_t most, CampaignCounts* rest);

// The number of leads that have an address of their own, share one, have no room at it, or have none; together all
// leads. Empty if every lead has an address of its own, or none.
struct AddressRow {
  std::string title;
  uint64_t leads = 0;
  uint64_t sendable = 0;
};
std::vector<AddressRow> AddressRows(const TenantReport& tenant);
// Returns a sentence for these rows: the shared addresses and the hidden mailboxes.
std::string AddressSentence(const TenantReport& tenant);

// Returns the meanings of counts and rates, a sentence each.
std::vector<std::string> Definitions();

// Returns sentences about gaps in the numbers of this tenant, with advice.
std::vector<std::string> NotesOn(const TenantReport& tenant);

}  // namespace leadpulse::report
