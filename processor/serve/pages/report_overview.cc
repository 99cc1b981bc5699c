// The overview of the reports: what happened in some days, compared with those before, and where the leads are.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/chart.h"
#include "processor/serve/pages/filter_rule.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/moved_leads.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/report_range.h"
#include "processor/serve/pages/report_tables.h"
#include "processor/serve/pages/shown_number.h"

namespace leadpulse::serve {
namespace {

// The counts by day of some scope, as the API answers them.
struct DayCounts {
  std::map<std::string, std::vector<uint64_t>, std::less<>> by_column;
  std::string top_tier;      // the first of the definitions; empty: they have one at most
  std::string counted_from;  // an instant: nothing before was counted; empty: all was
};

// The measure whose leads the table by owner names.
constexpr std::string_view kHot = "hot";

// What is counted by day: a picture, and a column of the table.
struct DayMeasure {
  std::string_view name;  // in addresses
  std::string label;
  std::string column;  // of the counts
  LeadMove move = {};  // whose leads are listed; without a name the leads of RuleOf
};

DayCounts CountsIn(const Json& report) {
  DayCounts counts;
  counts.counted_from = report["countedFrom"].text();
  size_t tiers = 0;
  for (const Json& row : report["rows"].elements()) {
    for (const auto& [column, value] : row.members()) {
      counts.by_column[column].push_back(ParseInteger<uint64_t>(value.text()).value_or(0));
      constexpr std::string_view kTier = "tier:";
      if (&row != &report["rows"].elements().front() || !column.starts_with(kTier)) continue;
      if (++tiers == 1) counts.top_tier = column.substr(kTier.size());
    }
  }
  if (tiers < 2) counts.top_tier.clear();
  return counts;
}

std::vector<DayMeasure> MeasuresOf(const DayCounts& counts) {
  std::vector<DayMeasure> measures = {{"new", "New leads", "created"}};
  if (!counts.top_tier.empty()) {
    measures.push_back({kHot, "Became " + counts.top_tier, "tier:" + counts.top_tier, {false, counts.top_tier}});
  }
  measures.push_back({"converted", "Converted", "stage:converted", {true, "converted"}});
  measures.push_back({"unsubscribed", "Unsubscribed", "email:unsubscribed"});
  return measures;
}

// Returns the number of days from `first` of the series on.
uint64_t SumOf(const DayCounts& counts, std::string_view column, int32_t first, int32_t days) {
  const auto found = counts.by_column.find(column);
  uint64_t sum = 0;
  for (int32_t i = std::max(first, 0); found != counts.by_column.end() && i < first + days; ++i) {
    if (static_cast<size_t>(i) < found->second.size()) sum += found->second[i];
  }
  return sum;
}

// The parts of a page about one range.
struct Overview {
  const PageRequest& request;
  const ReportRange& range;
  ShownTimes times;
  ShownNumbers numbers;

  // Returns the first day of the counts, which the days before begin.
  Day first_counted() const { return range.before_first.value_or(range.first); }
  int32_t offset() const { return range.first - first_counted(); }
};

constexpr char kNoOwner[] = "agent IS NOT SET";
std::string RuleOfOwner(const std::string& owner) { return Concat({"agent IS ", rules::QuoteString(owner)}); }

// Returns the rule that finds the leads of a measure without a move; empty for others.
std::string RuleOf(const DayMeasure& measure, Day first, Day last) {
  const std::string days = Concat({"BETWEEN \"", FormatDay(first), "\" AND \"", FormatDay(last), "\""});
  if (measure.name == "new") return "created " + days;
  return measure.name == "unsubscribed" ? "DID unsubscribe " + days : std::string();
}

// Sets the query of the list that a number counts, in `leads_query` or `moved_query`.
template <typename Set>
void SetList(const DayMeasure& measure, Day first, Day last, const std::string& owner, const Set& set) {
  const std::string rule = RuleOf(measure, first, last);
  if (!rule.empty()) {
    return set("leads_query", QueryOf({{"where", JoinParts({rule, owner.empty() ? "" : RuleOfOwner(owner)})}}));
  }
  set("moved_query", QueryOf({{"what", std::string(measure.name)},
                              {"from", FormatDay(first)},
                              {"to", FormatDay(last)},
                              {"owner", owner}}));
}

PageData NumberOf(uint64_t number, const DayMeasure& measure, Day first, Day last, const ShownNumbers& numbers,
                  const std::string& owner = "") {
  PageData cell;
  cell["text"] = numbers.Of(number);
  if (number == 0) return cell;
  SetList(measure, first, last, owner, [&cell](const char* name, const std::string& query) { cell[name] = query; });
  return cell;
}

// Returns `+25 %`, `−10 %` or `±0 %`; empty if there were too few before to compare with.
std::string ChangeOf(uint64_t now, uint64_t before, const ShownNumbers& numbers) {
  constexpr uint64_t kFew = 10;
  if (before < kFew) return {};
  const int64_t change =
      (static_cast<int64_t>(now) - static_cast<int64_t>(before)) * 100 / static_cast<int64_t>(before);
  return Concat({change == 0 ? "±" : "", numbers.Signed(change), " %"});
}

// Returns the columns of the picture: a day each, or some days of a long range.
std::vector<ChartColumn> ColumnsOf(const DayMeasure& measure, const DayCounts& counts, const Overview& overview) {
  const int32_t width = DaysOfColumn(overview.range);
  std::vector<ChartColumn> columns;
  for (Day day = overview.range.first; day <= overview.range.last; day = day + width) {
    const int32_t days = std::min(width, overview.range.last - day + 1), at = day - overview.first_counted();
    ChartColumn column{overview.times.DateTextOf(day), ShownTimes::FullTextOf(day),
                       SumOf(counts, measure.column, at, days)};
    const int32_t at_before = day - overview.range.first;
    if (at_before + days <= overview.range.days_before())
      column.before = SumOf(counts, measure.column, at_before, days);
    if (days > 1) column.title += Concat({" and ", overview.numbers.Of(days - 1), " more days"});
    column.title += ": " + overview.numbers.Of(column.count);
    if (column.before) column.title += ", before: " + overview.numbers.Of(*column.before);
    SetList(measure, day, day + (days - 1), "", [&column](std::string_view name, std::string query) {
      (name == "leads_query" ? column.leads_query : column.moved_query) = std::move(query);
    });
    columns.push_back(std::move(column));
  }
  return columns;
}

PageData FigureOf(const DayMeasure& measure, const DayCounts& counts, const Overview& overview) {
  const ReportRange& range = overview.range;
  const uint64_t now = SumOf(counts, measure.column, overview.offset(), range.days());
  PageData figure;
  figure["label"] = measure.label;
  figure["number"] = NumberOf(now, measure, range.first, range.last, overview.numbers);
  if (range.before_first) {
    const uint64_t before = SumOf(counts, measure.column, 0, range.days_before());
    figure["before"] = overview.numbers.Of(before);
    figure["change"] = TextData(ChangeOf(now, before, overview.numbers));
  }
  figure["chart"] = ColumnChart(ColumnsOf(measure, counts, overview), overview.numbers, HighColumns::kCut);
  return figure;
}

// Sets the pictures by day, and the table under them.
void AddDays(const std::vector<DayMeasure>& measures, const DayCounts& counts, const Overview& overview,
             PageData* data) {
  (*data)["figures"] = ListOf(measures, [&](const auto& measure) { return FigureOf(measure, counts, overview); });
  (*data)["measures"] = ListOf(measures, [](const DayMeasure& one) {
    return PageRow{{"label", one.label}, {"has_names", one.name == kHot}};
  });
  PageList days;
  for (Day day = overview.range.last; day >= overview.range.first; day = day - 1) {
    const auto cell_of = [&](const DayMeasure& measure) {
      return NumberOf(SumOf(counts, measure.column, day - overview.first_counted(), 1), measure, day, day,
                      overview.numbers);
    };
    days.push_back(PageRow{{"day", overview.times.OfDay(FormatDay(day))}, {"cells", ListOf(measures, cell_of)}});
  }
  (*data)["days"] = days;
}

ApiReply DaysFor(const std::string& owner, const Overview& overview) {
  return CallApi({.action = "report.days",
                  .parameters = {{"from", FormatDay(overview.first_counted())},
                                 {"to", FormatDay(overview.range.last)},
                                 {"owner", owner}}},
                 overview.request);
}

constexpr size_t kMostOwners = 20;

// Returns the agents that users have, and those with most leads.
std::set<std::string> OwnersFor(const PageRequest& request) {
  std::set<std::string> owners;
  const auto users = request.parts->store->Users(request.user.tenant);
  if (!users.ok()) LogFailure(users.status());
  for (const access::User& user : users.ok() ? *users : std::vector<access::User>()) {
    if (!user.agent_id.empty() && owners.size() < kMostOwners) owners.insert(user.agent_id);
  }
  const ApiReply agents = CallApi({.action = "agent.list"}, request);
  for (const Json& agent : agents.json["agents"].elements()) {
    if (owners.size() < kMostOwners) owners.insert(std::string(agent["id"].text()));
  }
  return owners;
}

// Returns the first of the leads of this owner that moved, by name.
PageData NamesOf(const MovedLeads& moved, const std::string& owner) {
  constexpr size_t kMostNames = 3;
  PageList names;
  for (const MovedLead& lead : moved.leads) {
    if (lead.contact.lead().agent() != owner || names.size() == kMostNames) continue;
    names.push_back(
        PageRow{{"name", NameOf(lead.contact)}, {"query", QueryOf({{"lead", lead.contact.lead().lead_id()}})}});
  }
  return names;
}

// Returns a number of leads that nobody had then. It links to those that nobody has now, if these are as many: no
// search finds the others.
PageData NumberWithoutOwner(uint64_t number, const DayMeasure& measure, const Overview& overview) {
  const Day first = overview.range.first, last = overview.range.last;
  PageData cell = PageRow{{"text", overview.numbers.Of(number)}, {"has_names", measure.name == kHot}};
  if (number == 0) return cell;
  if (const std::string rule = RuleOf(measure, first, last); !rule.empty()) {
    const std::string listed = JoinParts({rule, kNoOwner});
    const bool are_all = CountIn(AskForCount(listed, overview.request).message) == std::to_string(number);
    if (are_all) cell["leads_query"] = QueryOf({{"where", listed}});
    return cell;
  }
  const MovedLeads moved = FindMoved({.move = measure.move, .first = first, .last = last, .rule = kNoOwner},
                                     overview.times, overview.request);
  if (moved.refusal.is_done() && moved.leads.size() == number) {
    cell["moved_query"] = QueryOf({{"what", std::string(measure.name)},
                                   {"from", FormatDay(first)},
                                   {"to", FormatDay(last)},
                                   {"without_owner", "1"}});
  }
  return cell;
}

// Returns the row of what happened to leads while nobody had them.
PageRow WithoutOwner(const std::vector<DayMeasure>& measures, const std::vector<uint64_t>& numbers,
                     const Overview& overview) {
  const auto cell_of = [&](const DayMeasure& measure) {
    return NumberWithoutOwner(numbers[&measure - measures.data()], measure, overview);
  };
  return {{"owner", "No owner"},
          {"initials", "–"},
          {"count", overview.numbers.Of(CountIn(AskForCount(kNoOwner, overview.request).message))},
          {"query", QueryOf({{"where", kNoOwner}})},
          {"cells", ListOf(measures, cell_of)}};
}

// Sets the table by owner, those of most leads that became hot first, with their names.
void AddOwners(const std::vector<DayMeasure>& measures, const DayCounts& all, const Overview& overview,
               PageData* data) {
  const ReportRange& range = overview.range;
  MovedLeads hot;
  if (!all.top_tier.empty()) {
    const uint64_t number = SumOf(all, "tier:" + all.top_tier, overview.offset(), range.days());
    if (number > 0) {
      hot = FindMoved(
          {.move = {false, all.top_tier}, .first = range.first, .last = range.last, .most = 60, .enough = number},
          overview.times, overview.request);
    }
  }
  std::vector<std::pair<uint64_t, PageRow>> rows;
  std::vector<uint64_t> without_owner;  // what is left of each measure
  for (const DayMeasure& one : measures)
    without_owner.push_back(SumOf(all, one.column, overview.offset(), range.days()));
  for (const std::string& owner : OwnersFor(overview.request)) {
    const ApiReply reply = DaysFor(owner, overview);
    if (!reply.is_done()) return;
    const DayCounts counts = CountsIn(reply.json);
    const auto cell_of = [&](const DayMeasure& measure) {
      const uint64_t number = SumOf(counts, measure.column, overview.offset(), range.days());
      uint64_t& left = without_owner[&measure - measures.data()];
      left -= std::min(left, number);
      PageData cell = NumberOf(number, measure, range.first, range.last, overview.numbers, owner);
      cell["has_names"] = measure.name == kHot;
      if (measure.name == kHot) cell["moved_names"] = NamesOf(hot, owner);
      return cell;
    };
    const std::string rule = RuleOfOwner(owner);
    rows.emplace_back(SumOf(counts, "tier:" + all.top_tier, overview.offset(), range.days()),
                      PageRow{{"owner", owner},
                              {"initials", InitialsOf(owner)},
                              {"count", overview.numbers.Of(CountIn(AskForCount(rule, overview.request).message))},
                              {"query", QueryOf({{"where", rule}})},
                              {"cells", ListOf(measures, cell_of)}});
  }
  std::ranges::stable_sort(rows, std::greater<>(), &std::pair<uint64_t, PageRow>::first);
  if (!rows.empty() && rows.size() < kMostOwners) rows.emplace_back(0, WithoutOwner(measures, without_owner, overview));
  AddList("owners", ListOf(rows, [](const auto& row) { return row.second; }), data);
}

void AddRanges(const Overview& overview, PageData* data) {
  const ReportRange& range = overview.range;
  (*data)["ranges"] = ListOf(kNamedRanges, [&range](const NamedRange& one) {
    return PageRow{{"label", std::string(one.label)},
                   {"query", QueryOf({{"range", std::string(one.name)}})},
                   {"is_current", one.name == range.name}};
  });
  (*data)["from"] = FormatDay(range.first);
  (*data)["to"] = FormatDay(range.last);
  (*data)["first_text"] = overview.times.DateTextOf(range.first);
  (*data)["last_text"] = overview.times.DateTextOf(range.last);
  if (range.before_first) {
    (*data)["before_first_text"] = overview.times.DateTextOf(*range.before_first);
    (*data)["before_last_text"] = overview.times.DateTextOf(*range.before_first + (range.days_before() - 1));
  }
  (*data)["days_query"] =
      QueryOf({{"report", "days"}, {"from", FormatDay(range.first)}, {"to", FormatDay(range.last)}});
}

// Sets `parts`: where the leads are now, a table with bars for each report.
void AddParts(const PageRequest& request, PageData* data, PageNotice* notice) {
  PageList parts;
  for (const std::string_view name : {"pipeline", "tiers", "scores", "campaigns"}) {
    const ApiReply reply = CallApi({.action = Concat({"report.", name})}, request);
    if (!reply.is_done()) {
      NoteRefusal(reply, notice);
      continue;
    }
    parts.push_back(ShortReport(name, reply.json, request));
  }
  (*data)["parts"] = parts;
}

constexpr char kWrongRange[] = "Choose days such as 2026-03-31, the first before the last, and at most 800 of them.";

}  // namespace

http::Response ShowOverview(const PageRequest& request) {
  ShownTimes times = ShownTimes::For(request);
  auto range = RangeOf(request.Parameter("range"), request.Parameter("from"), request.Parameter("to"), times.today());
  PageNotice notice;
  if (!range) {
    notice = {.code = http::kBadRequest, .problem = kWrongRange};
    range = RangeOf("", "", "", times.today());
  }
  const Overview overview{request, *range, std::move(times), ShownNumbers::For(request)};
  PageData data = NewPage(request, "Reports", "/reports");
  AddReportTabs("", &data);
  AddRanges(overview, &data);
  if (notice.code != http::kOk) {
    for (const char* name : {"from", "to"}) data[name] = TextData(request.Parameter(name));
  }
  const ApiReply reply = DaysFor("", overview);
  if (reply.is_done()) {
    const DayCounts counts = CountsIn(reply.json);
    const std::vector<DayMeasure> measures = MeasuresOf(counts);
    const auto counted_from = ParseRfc3339(counts.counted_from);
    if (counted_from && overview.times.DayOf(*counted_from) >= overview.first_counted()) {
      data["counted_from"] = overview.times.Of(reply.json["countedFrom"]);
    }
    AddDays(measures, counts, overview, &data);
    AddOwners(measures, counts, overview, &data);
    data["at"] = overview.times.Of(reply.json["at"]);
    ShowMissing(reply.json, &data);
  }
  NoteRefusal(reply, &notice);
  AddParts(request, &data, &notice);
  AddNotice(notice, &data);
  return Page(notice.code, "report_overview", data);
}

http::Response ShowMovedLeads(const PageRequest& request) {
  ShownTimes times = ShownTimes::For(request);
  const auto range = RangeOf("", request.Parameter("from"), request.Parameter("to"), times.today());
  if (!range || request.Parameter("from").empty()) {
    return Message(http::kBadRequest, request, "Reports", kWrongRange);
  }
  const Overview overview{request, *range, std::move(times), ShownNumbers::For(request)};
  LP_ASSIGN_OR_ANSWER(const Json report,
                      JsonOrPage({.action = "report.days",
                                  .parameters = {{"from", FormatDay(range->first)}, {"to", FormatDay(range->first)}}},
                                 request, "Reports"));
  const std::vector<DayMeasure> measures = MeasuresOf(CountsIn(report));
  const auto measure = std::ranges::find(measures, request.Parameter("what"), &DayMeasure::name);
  if (measure == measures.end() || measure->move.to.empty()) {
    return Message(http::kNotFound, request, "Reports", "There is no such report.");
  }
  const bool is_without_owner = request.Parameter("without_owner") == "1";
  const std::string owner(is_without_owner ? "" : request.Parameter("owner"));
  const std::string rule = is_without_owner ? kNoOwner : owner.empty() ? "" : RuleOfOwner(owner);
  const MovedLeads moved = FindMoved({.move = measure->move, .first = range->first, .last = range->last, .rule = rule},
                                     overview.times, request);
  if (!moved.refusal.is_done()) return Message(moved.refusal.code, request, "Reports", moved.refusal.sentence());
  PageData data = NewPage(request, measure->label, "/reports");
  AddRanges(overview, &data);
  data["is_one_day"] = range->first == range->last;
  data["label"] = measure->label;
  data["owner"] = TextData(owner);
  data["is_without_owner"] = is_without_owner;
  data["is_complete"] = moved.is_complete;
  data["now_query"] = QueryOf({{"where", JoinParts({RuleOfMove(measure->move), rule})}});
  data["found"] = overview.numbers.Counted(std::to_string(moved.leads.size()), "lead");
  AddList("rows",
          ListOf(moved.leads,
                 [&overview](const MovedLead& lead) {
                   PageData row = LeadCells(lead.contact, overview.numbers);
                   row["moved"] = overview.times.Of(lead.at);
                   return row;
                 }),
          &data);
  return Page(http::kOk, "report_leads", data);
}

}  // namespace leadpulse::serve
