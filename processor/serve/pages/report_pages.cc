// Reports about the leads as they are: tables with pictures.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/declared_names.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/chart.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_filter.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/report_tables.h"
#include "processor/serve/pages/rule_words.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {
namespace {

// A report of the API, whose action is `report.` and its name.
struct KnownReport {
  std::string_view name;
  std::string_view label;
  std::string_view drawn;                 // the column that the bars show
  std::vector<std::string_view> columns;  // of the overview; empty: all
};
const std::vector<KnownReport>& KnownReports() {
  static const std::vector<KnownReport> reports = {
      {"pipeline", "Pipeline", "reached", {"stage", "reached", "leads", "conversionToNext"}},
      {"tiers", "Tiers", "leads", {}},
      {"segments", "Segments", "leads", {}},
      {"campaigns", "Campaigns", "mailed", {"campaign", "mailed", "opened", "clicked", "replied", "unsubscribed"}},
      {"scores", "Scores", "leads", {}}};
  return reports;
}

const KnownReport* FindReport(std::string_view name) {
  const auto found = std::ranges::find(KnownReports(), name, &KnownReport::name);
  return found == KnownReports().end() ? nullptr : &*found;
}

http::Response NoSuchReport(const PageRequest& request) {
  return Message(http::kNotFound, request, "Reports", "There is no such report.");
}

// Makes `Opened with machines` from `openedWithMachines`.
std::string LabelOfColumn(std::string_view column) {
  if (column == "to") return "Below";  // the first score that is not in the row
  if (column == "min") return "Lowest";
  if (column == "max") return "Highest";
  if (column == "rule") return "Who is in it";
  std::string words;
  for (const char c : column) {
    if (c >= 'A' && c <= 'Z') words += ' ';
    words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return LabelOf(words);
}

// Returns `text`, `id` of a campaign that has a name, and `query` of the leads page if the number has a list.
PageData CellOf(std::string_view column, const Json& value, const config::DeclaredNames& campaigns,
                const ShownNumbers& numbers) {
  PageData cell;
  const std::string_view href = value["href"].text();
  const size_t query = href.find('?');
  if (query != std::string_view::npos) cell["query"] = std::string(href.substr(query + 1));
  const std::optional<double> ratio =
      column == "conversionToNext" ? ParseNumber(value.text()) : std::optional<double>();
  const Json& number = href.empty() ? value : value["count"];
  std::string text = number.is_string() ? std::string(number.text()) : numbers.Of(number.text());
  if (column == "campaign") {
    cell["id"] = TextData(text);
    text = campaigns.NameOf(text);
  }
  cell["text"] = TextData(ratio ? numbers.Share(*ratio) : column == "stage" ? LabelOf(text) : text);
  return cell;
}

// Returns the report's facts about all contacts together.
PageData FactsOf(const Json& report, const ShownNumbers& numbers) {
  PageList facts;
  for (const auto& [name, value] : report.members()) {
    constexpr std::string_view kNoFacts[] = {"report", "rows", "at", "partial", "missingPartitions", "indexing"};
    if (std::ranges::find(kNoFacts, name) != std::end(kNoFacts)) continue;
    PageData fact = CellOf(name, value, {}, numbers);
    fact["label"] = LabelOfColumn(name);
    facts.push_back(std::move(fact));
  }
  return facts;
}

uint64_t NumberIn(const Json& cell) {
  return ParseInteger<uint64_t>(cell["count"].is_null() ? cell.text() : cell["count"].text()).value_or(0);
}

// Returns the class of a row's bar, for its colour: that of the stage or tier.
std::string ClassOf(const Json& row) {
  for (const std::string_view name : {"stage", "tier"}) {
    if (!row[name].is_null()) return Concat({name, "-", AsciiLower(row[name].text())});
  }
  return {};
}

// Shows the name of a row, if it has one, in place of the id in its first cell.
void NameFirst(std::string_view name, PageList* cells) {
  PageData& first = cells->front();
  if (name.empty()) return;
  first["id"] = first.get("text")->string_value();
  first["text"] = std::string(name);
}

// Sets `heads` and `rows` of report_table.tpl: at most `most` rows, with these columns or all, and the bar of each.
void AddTable(const KnownReport& known, const std::vector<std::string_view>& columns, size_t most, const Json& report,
              const PageRequest& request, PageData* data) {
  const auto tenant = request.parts->api->NamesFor(request.user);
  const ShownNumbers numbers = ShownNumbers::For(request);
  const RuleNames names = known.name == "segments" ? RuleNamesFor(request) : RuleNames();
  const auto is_shown = [&columns](std::string_view column) {
    return columns.empty() || std::ranges::find(columns, column) != columns.end();
  };
  uint64_t longest = 0;
  for (const Json& row : report["rows"].elements()) longest = std::max(longest, NumberIn(row[known.drawn]));
  PageList heads, rows;
  for (const Json& row : report["rows"].elements()) {
    if (rows.size() == most) break;
    PageList cells;
    for (const auto& [column, value] : row.members()) {
      if (!is_shown(column)) continue;
      if (column == "name" && !cells.empty()) {
        NameFirst(value.text(), &cells);
        continue;
      }
      PageData cell = CellOf(column, value, tenant->campaigns, numbers);
      if (column == "rule") cell["text"] = TextData(WordsOfRule(std::string(value.text()), names));
      cell["is_number"] = !value.is_string();
      if (rows.empty()) heads.push_back(PageRow{{"label", LabelOfColumn(column)}, {"is_number", !value.is_string()}});
      cells.push_back(std::move(cell));
    }
    rows.push_back(PageRow{{"first", cells.front()},
                           {"cells", PageList(cells.begin() + 1, cells.end())},
                           {"bar", BarLength(NumberIn(row[known.drawn]), longest)},
                           {"bar_class", TextData(ClassOf(row))}});
  }
  if (!heads.empty()) {
    (*data)["first_head"] = PageData(heads.front());
    heads.erase(heads.begin());
  }
  (*data)["drawn_label"] = LabelOfColumn(known.drawn);
  (*data)["heads"] = heads;
  AddList("rows", rows, data);
}

// Returns the picture of the scores: how many leads have how many points.
PageData HistogramOf(const Json& report, const ShownNumbers& numbers) {
  std::vector<ChartColumn> columns;
  for (const Json& row : report["rows"].elements()) {
    const std::string from = numbers.Of(row["from"].text()), to = numbers.Of(row["to"].text());
    const std::string label = from.empty() ? Concat({"below ", to}) : from;
    std::string title = to.empty()     ? Concat({from, " and more"})
                        : from.empty() ? label
                                       : Concat({from, " to below ", to});
    const PageData leads = CellOf("leads", row["leads"], {}, numbers);
    const uint64_t count = NumberIn(row["leads"]);
    const PageData* const query = leads.get("query");
    columns.push_back({.label = label,
                       .title = Concat({title, ": ", numbers.Of(count)}),
                       .count = count,
                       .leads_query = query == nullptr ? "" : query->string_value()});
  }
  return columns.empty() ? PageData(false) : ColumnChart(columns, numbers);
}

}  // namespace

void AddReportTabs(std::string_view shown, PageData* data) {
  PageList tabs = {PageRow{{"label", "Overview"}, {"report_query", false}, {"is_shown", shown.empty()}}};
  for (const KnownReport& each : KnownReports()) {
    tabs.push_back(PageRow{{"label", std::string(each.label)},
                           {"report_query", QueryOf({{"report", std::string(each.name)}})},
                           {"is_shown", each.name == shown}});
  }
  (*data)["names"] = tabs;
}

PageData ShortReport(std::string_view report, const Json& answer, const PageRequest& request) {
  constexpr size_t kFewRows = 9;  // a stage each
  const KnownReport& known = *FindReport(report);
  PageData part;
  part["label"] = std::string(known.label);
  part["report_query"] = QueryOf({{"report", std::string(report)}});
  const bool is_histogram = report == "scores";
  if (is_histogram) part["chart"] = HistogramOf(answer, ShownNumbers::For(request));
  part["is_empty"] = answer["rows"].elements().empty();
  AddTable(known, known.columns, kFewRows, answer, request, &part);
  part["has_rows"] = !is_histogram && !answer["rows"].elements().empty();
  return part;
}

http::Response ShowReport(const PageRequest& request) {
  const std::string report(request.Parameter("report"));
  if (report.empty()) return ShowOverview(request);
  const KnownReport* const known = FindReport(report);
  if (known == nullptr) return NoSuchReport(request);
  LP_ASSIGN_OR_ANSWER(const Json answer, JsonOrPage({.action = "report." + report}, request, "Reports"));
  PageData data = NewPage(request, "Reports");
  AddReportTabs(report, &data);
  data["label"] = std::string(known->label);
  data["is_" + report] = true;
  data["report_query"] = QueryOf({{"report", report}});
  data["at"] = ShownTimes::For(request).Of(answer["at"]);
  const ShownNumbers numbers = ShownNumbers::For(request);
  data["facts"] = FactsOf(answer, numbers);
  if (report == "scores") data["chart"] = HistogramOf(answer, numbers);
  AddTable(*known, {}, answer["rows"].elements().size(), answer, request, &data);
  ShowMissing(answer, &data);
  return Page(http::kOk, "report", data);
}

http::Response DownloadReport(const PageRequest& request) {
  const std::string report(request.Parameter("report"));
  if (FindReport(report) == nullptr && report != "days") return NoSuchReport(request);
  return Download(
      {.action = "report." + report, .parameters = FieldsNamed(request.parameters, {"format", "from", "to"})}, request);
}

}  // namespace leadpulse::serve
