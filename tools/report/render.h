// Renders a report for a terminal, for programs and for a browser. Names are untrusted: none of them can control a
// terminal or become markup.
#pragma once

#include <string>

#include "processor/query/report/report.h"

namespace leadpulse::report {

// The most rows of a list that the text shows; the JSON has everything.
inline constexpr size_t kMaxShownInText = 20;
inline constexpr size_t kMaxShownInHtml = 50;

// Renders tables with bars, 80 columns wide.
std::string ReportText(const Report& report);

// Renders one JSON object and a line end. Its keys are those of README.md: never change one.
std::string ReportJson(const Report& report);

// Renders one HTML page that needs nothing else: no script, no network.
std::string ReportHtml(const Report& report);

}  // namespace leadpulse::report
