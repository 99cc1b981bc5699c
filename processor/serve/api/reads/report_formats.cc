#include "processor/serve/api/reads/report_formats.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "processor/base/displayable.h"
#include "processor/base/instant.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/csv/csv_writer.h"
#include "processor/http/multipart.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/html_page.h"
#include "processor/serve/api/request/member_names.h"

namespace leadpulse::serve {
namespace {

struct KnownFormat {
  std::string_view name;
  std::string_view type;  // media type
  ReportFormat format;
};
constexpr KnownFormat kFormats[] = {{"json", "application/json", ReportFormat::kJson},
                                    {"csv", "text/csv", ReportFormat::kCsv},
                                    {"html", "text/html", ReportFormat::kHtml}};

// Returns the value of a cell; empty if it has none.
std::string TextOf(const v1::ReportCell& cell) {
  switch (cell.value_case()) {
    case v1::ReportCell::kText:
      return cell.text();
    case v1::ReportCell::kNumber:
      return std::to_string(cell.number());
    case v1::ReportCell::kRatio:
      return ValueToJson(cell.ratio());
    default:
      return {};
  }
}

// Appends `"leads":{"count":3,"href":"…"}` for a number of contacts, else the value alone.
void AppendCell(const v1::ReportCell& cell, JsonObject* object) {
  if (cell.has_rule()) {
    JsonObject number(object->Key(cell.column()));
    number.Number("count", cell.number());
    number.Text("href", SearchLink(cell.rule()));
    return;
  }
  if (cell.value_case() == v1::ReportCell::kText) return object->Text(cell.column(), cell.text());
  const std::string value = TextOf(cell);
  *object->Key(cell.column()) += value.empty() ? "null" : value;
}

void AppendReport(const v1::Report& report, const std::vector<std::string>& warnings, JsonObject* object) {
  object->Text("report", report.name());
  for (const v1::ReportCell& fact : report.facts()) AppendCell(fact, object);
  if (report.has_counted_from_ms()) object->Time("countedFrom", {report.counted_from_ms()});
  AppendObjects("rows", report.rows(), object, [](const v1::ReportRow& row, JsonObject* one) {
    for (const v1::ReportCell& cell : row.cells()) AppendCell(cell, one);
  });
  if (!warnings.empty()) object->Texts("warnings", warnings);
  AppendRunState(report, object);
  object->Time("at", {report.clock_ms()});
}

void AppendCsvRow(const std::vector<std::string>& cells, std::string* out) {
  csv::AppendRow(std::vector<std::string_view>(cells.begin(), cells.end()), ',', out);
}

// Prints a row of names, then the rows. The address of a list is in a column of its own, behind its number.
std::string CsvOf(const v1::Report& report) {
  std::string body;
  for (const v1::ReportRow& row : report.rows()) {
    std::vector<std::string> names, cells;
    for (const v1::ReportCell& cell : row.cells()) {
      names.push_back(SnakeCase(cell.column()));
      cells.push_back(cell.value_case() == v1::ReportCell::kText ? csv::Guarded(cell.text()) : TextOf(cell));
      if (cell.value_case() != v1::ReportCell::kNumber || cell.column() == "from" || cell.column() == "to") continue;
      if (report.name() == "days") continue;  // it counts what happened, not who is there
      names.push_back(SnakeCase(cell.column()) + "_href");
      cells.push_back(cell.has_rule() ? SearchLink(cell.rule()) : "");
    }
    if (body.empty()) AppendCsvRow(names, &body);
    AppendCsvRow(cells, &body);
  }
  return body;
}

std::string HtmlCell(const v1::ReportCell& cell) {
  const std::string text = EscapeHtml(TextOf(cell));
  return cell.has_rule() ? "<a href=\"" + EscapeHtml(SearchLink(cell.rule())) + "\">" + text + "</a>" : text;
}

std::string HtmlOf(const v1::Report& report) {
  std::string content = "<dl>\n";
  for (const v1::ReportCell& fact : report.facts()) {
    content += "<dt>" + EscapeHtml(SnakeCase(fact.column())) + "</dt><dd>" + HtmlCell(fact) + "</dd>\n";
  }
  content += "</dl>\n<table>\n";
  for (const v1::ReportRow& row : report.rows()) {
    if (&row == &report.rows(0)) {
      content += "<thead><tr>";
      for (const v1::ReportCell& cell : row.cells()) {
        content += "<th scope=\"col\">" + EscapeHtml(SnakeCase(cell.column())) + "</th>";
      }
      content += "</tr></thead>\n<tbody>\n";
    }
    content += "<tr>";
    for (const v1::ReportCell& cell : row.cells()) content += "<td>" + HtmlCell(cell) + "</td>";
    content += "</tr>\n";
  }
  content += report.rows().empty() ? "</table>\n" : "</tbody></table>\n";
  return content + "<p>As of " + FormatRfc3339({report.clock_ms()}) + "</p>\n";
}

http::Response InFormat(const v1::Report& report, const std::vector<std::string>& warnings, ReportFormat format) {
  switch (format) {
    case ReportFormat::kCsv:
      return {http::kOk,
              CsvOf(report),
              "text/csv; charset=utf-8",
              {{"Content-Disposition", "attachment; filename=\"" + report.name() + ".csv\""}}};
    case ReportFormat::kHtml:
      return HtmlPage(http::kOk, "Report: " + report.name(), HtmlOf(report));
    case ReportFormat::kJson:
      break;
  }
  return JsonResponse(http::kOk, [&](JsonObject* object) { AppendReport(report, warnings, object); });
}

// Whether a range of the header Accept, such as `text/*;q=0.5`, names the type.
bool IsIn(std::string_view type, std::string_view range) {
  const std::string name = AsciiLower(TrimAsciiSpace(range.substr(0, range.find(';'))));
  return name == type || name == "*/*" || name == Concat({type.substr(0, type.find('/')), "/*"});
}

// Returns the range's `q`; 1 without one.
double WeightOf(std::string_view range) {
  const std::optional<std::string> weight = http::ParameterOf(range, "q");
  return weight ? ParseNumber(*weight).value_or(0) : 1;
}

}  // namespace

std::optional<ReportFormat> ReportFormatOf(std::string_view parameter, std::string_view accept) {
  if (!parameter.empty()) {
    const auto* found = std::ranges::find(kFormats, parameter, &KnownFormat::name);
    return found == std::end(kFormats) ? std::nullopt : std::optional(found->format);
  }
  ReportFormat best = ReportFormat::kJson;
  double best_weight = 0;
  for (const std::string_view range : ListElements(accept)) {
    const auto* known = std::ranges::find_if(kFormats, [&](const KnownFormat& f) { return IsIn(f.type, range); });
    if (known == std::end(kFormats) || WeightOf(range) <= best_weight) continue;
    best_weight = WeightOf(range);
    best = known->format;
  }
  return best;
}

http::Response ReportResponse(const v1::Report& report, const std::vector<std::string>& warnings, ReportFormat format) {
  http::Response response = InFormat(report, warnings, format);
  if (format != ReportFormat::kJson) AddMissingHeader(report.missing_partitions(), &response);
  return response;
}

}  // namespace leadpulse::serve
