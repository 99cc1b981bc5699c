// A report for a terminal, for programs and for a browser. Names come with the data and are anybody's: none of them
// steers a terminal or becomes markup.
#pragma once

#include <string>

#include "processor/query/report/report.h"

namespace leadpulse::report {

// What a person can take in at once; the JSON has everything.
inline constexpr size_t kMaxShownInText = 20;
inline constexpr size_t kMaxShownInHtml = 50;

// Tables with bars, 80 columns wide.
std::string ReportText(const Report& report);

// One JSON object and a line end. Its keys are those of README.md, and stay.
std::string ReportJson(const Report& report);

// One HTML page that needs nothing else: no script, no network.
std::string ReportHtml(const Report& report);

}  // namespace leadpulse::report
