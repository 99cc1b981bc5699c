// Reports.
#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "config/declared_names.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

// An action of the API is `report.` and one of these.
constexpr auto kReports = std::to_array<std::string_view>({"pipeline", "tiers", "segments", "campaigns", "scores"});

// Returns the name of the report, or the page that says that there is no such report.
std::variant<std::string, http::Response> ReportOf(const PageRequest& request) {
  std::string_view name = request.Parameter("report");
  if (name.empty()) name = kReports.front();
  if (std::ranges::find(kReports, name) != kReports.end()) return std::string(name);
  return Message(http::kNotFound, request, "Reports", "There is no such report.");
}

// Makes `Opened with machines` from `openedWithMachines`.
std::string LabelOfColumn(std::string_view column) {
  if (column == "to") return "Below";  // the first score that is not in the row
  if (column == "min") return "Lowest";
  if (column == "max") return "Highest";
  std::string words;
  for (const char c : column) {
    if (c >= 'A' && c <= 'Z') words += ' ';
    words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return LabelOf(words);
}

std::string Percent(double ratio) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * ratio);
  return text;
}

// Returns `text`, `id` of a campaign that has a name, and `query` of the leads page if the number has a list.
PageData CellOf(std::string_view column, const Json& value, const config::DeclaredNames& campaigns) {
  PageData cell;
  const std::string_view href = value["href"].text();
  const size_t query = href.find('?');
  if (query != std::string_view::npos) cell["query"] = std::string(href.substr(query + 1));
  const std::optional<double> ratio =
      column == "conversionToNext" ? ParseNumber(value.text()) : std::optional<double>();
  std::string text = href.empty() ? std::string(value.text()) : GroupDigits(value["count"].text());
  if (column == "campaign") {
    cell["id"] = TextData(text);
    text = campaigns.NameOf(text);
  }
  cell["text"] = TextData(ratio ? Percent(*ratio) : column == "stage" ? LabelOf(text) : text);
  cell["is_code"] = column == "rule";
  return cell;
}

// Returns the report's facts about all contacts together.
PageData FactsOf(const Json& report) {
  PageList facts;
  for (const auto& [name, value] : report.members()) {
    constexpr std::string_view kNoFacts[] = {"report", "rows", "at", "partial", "missingPartitions", "indexing"};
    if (std::ranges::find(kNoFacts, name) != std::end(kNoFacts)) continue;
    PageData fact = CellOf(name, value, {});
    fact["label"] = LabelOfColumn(name);
    facts.push_back(std::move(fact));
  }
  return facts;
}

void AddTable(const Json& report, const config::DeclaredNames& campaigns, PageData* data) {
  PageList heads, rows;
  for (const Json& row : report["rows"].elements()) {
    if (rows.empty()) {
      for (const auto& [column, value] : row.members()) heads.push_back(PageRow{{"label", LabelOfColumn(column)}});
    }
    const auto cell_of = [&campaigns](const auto& member) { return CellOf(member.first, member.second, campaigns); };
    rows.push_back(PageRow{{"cells", ListOf(row.members(), cell_of)}});
  }
  (*data)["heads"] = heads;
  AddList("rows", rows, data);
}

}  // namespace

http::Response ShowReport(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const std::string report, ReportOf(request));
  const std::string action = "report." + report;
  LP_ASSIGN_OR_ANSWER(const Json answer, JsonOrPage({.action = action}, request, "Reports"));
  PageData data = NewPage(request, "Reports");
  data["names"] = ListOf(kReports, [&](std::string_view each) {
    return PageRow{{"label", LabelOf(each)},
                   {"report_query", QueryOf({{"report", std::string(each)}})},
                   {"is_shown", each == report}};
  });
  data["label"] = LabelOf(report);
  data["is_" + report] = true;
  data["report_query"] = QueryOf({{"report", report}});
  data["at"] = TimeOf(answer["at"]);
  data["facts"] = FactsOf(answer);
  AddTable(answer, request.parts->api->NamesFor(request.user)->campaigns, &data);
  ShowMissing(answer, &data);
  return Page(http::kOk, "report", data);
}

http::Response DownloadReport(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const std::string report, ReportOf(request));
  const std::string action = "report." + report;
  return Download({.action = action, .parameters = {{"format", std::string(request.Parameter("format"))}}}, request);
}

}  // namespace leadpulse::serve
