// A report as JSON, CSV or an HTML page. Every number of contacts has the address of a search that finds them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

enum class ReportFormat { kJson, kCsv, kHtml };

// Returns the format that the parameter `format` names. Without it, that of the known type in the header Accept (RFC
// 9110 §12.5.1) with the greatest weight, of equal ones the first; JSON without both. nullopt if the parameter names
// none.
std::optional<ReportFormat> ReportFormatOf(std::string_view parameter, std::string_view accept);

// Answers with the report. `warnings` are in JSON only.
http::Response ReportResponse(const v1::Report& report, const std::vector<std::string>& warnings, ReportFormat format);

}  // namespace leadpulse::serve
