// How numbers, times and names read in a report for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/query/report/report.h"

namespace leadpulse::report {

std::string Grouped(uint64_t number);             // 1,234
std::string GroupedSigned(int64_t number);        // -1,234
std::string Percent(std::optional<double> rate);  // 12.3%; a dash where there is none
std::string Leads(uint64_t number);               // 1 lead, 2 leads
std::string StageTitle(Stage stage);              // follow-up

// 0 … 9, -20 or less, 100 or more
std::string BarTitle(const HistogramBar& bar);

// `to 2026-03-10T09:30:00Z`, `all changes`
std::string PeriodTitle(const Period& period);

// The largest at the top; those beyond `most` are not among them.
std::vector<const SegmentReport*> LargestSegments(const TenantReport& tenant, size_t most);

// What counts and rates mean, a sentence each.
std::vector<std::string> Definitions();

// What a reader must know to read the numbers of this tenant right; sentences, with what to do about it.
std::vector<std::string> NotesOn(const TenantReport& tenant);

}  // namespace leadpulse::report
