// A report as JSON, CSV or an HTML page. Every number of contacts has the address of a search that finds them.
#pragma once

#include <optional>
#include <string_view>

#include "leadpulse/v1/query.pb.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

enum class ReportFormat { kJson, kCsv, kHtml };

// What the parameter `format` names, or without it the known type of the header Accept (RFC 9110 §12.5.1) that has the
// greatest weight, of equal ones the first; JSON without both. nullopt: the parameter names none.
std::optional<ReportFormat> ReportFormatOf(std::string_view parameter, std::string_view accept);

http::Answer ReportAnswer(const v1::Report& report, ReportFormat format);

}  // namespace leadpulse::serve
