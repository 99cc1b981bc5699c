// Segments and campaigns.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/query/report/campaign_counts.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/chart.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_filter.h"
#include "processor/serve/pages/named_rows.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {
namespace {

std::string SegmentQuery(std::string_view id) { return QueryOf({{"where", "IN SEGMENT " + rules::QuoteString(id)}}); }

// Returns `part` of `whole`, for the numbers of a card; `–` if there is no such share.
std::string ShareOf(uint64_t part, uint64_t whole, const ShownNumbers& numbers) {
  const std::optional<double> share = report::Share(part, whole);
  return share ? numbers.Share(*share) : "–";
}

// Returns the card of a campaign: its numbers, each with the leads that it counts.
PageData CardOf(const Json& campaign, const ShownNumbers& numbers) {
  const std::string name = rules::QuoteString(campaign["id"].text()), assigned = "IN CAMPAIGN " + name;
  const auto number = [&campaign](std::string_view member) {
    return ParseInteger<uint64_t>(campaign[member].text()).value_or(0);
  };
  const auto did = [&name](std::string_view step) { return Concat({"DID ", step, " CAMPAIGN ", name}); };
  const std::string mailed = Concat({did("send"), " OR ", did("deliver"), " OR ", did("bounce")});
  const auto cell = [](std::string_view label, const std::string& text, const std::string& title,
                       const std::string& rule) {
    return PageRow{
        {"label", std::string(label)}, {"text", text}, {"hint", title}, {"query", QueryOf({{"where", rule}})}};
  };
  PageData card = DataOf(campaign);
  card["query"] = QueryOf({{"where", number("assigned") > 0 ? assigned : mailed}});
  card["bar"] = BarLength(number("assignedMailed"), number("assigned"));
  card["completion"] = ShareOf(number("assignedMailed"), number("assigned"), numbers);
  card["has_assigned"] = number("assigned") > 0;
  card["sizes"] =
      PageList{cell("Assigned", numbers.Of(number("assigned")), "Leads that have the campaign", assigned),
               cell("Reached", numbers.Of(number("reached")), "Leads that got its mail", mailed),
               cell("Valid e-mails", numbers.Of(number("assignedSendable")), "Assigned leads that may be mailed",
                    assigned + " AND sendable IS true AND email IS SET")};
  // Not every platform reports deliveries.
  const uint64_t base = number("delivered") > 0 ? number("delivered") : number("reached");
  PageList rates;
  for (const auto& [member, label, step] : {std::array<std::string_view, 3>{"opened", "Opened", "open"},
                                            {"clicked", "Clicked", "click"},
                                            {"replied", "Replied", "reply"},
                                            {"unsubscribed", "Unsubscribed", "unsubscribe"}}) {
    const std::string hint = Concat({numbers.Of(number(member)), " of ", numbers.Of(base), " leads",
                                     number(member) > base ? " that its mail was reported for" : ""});
    rates.push_back(cell(label, ShareOf(number(member), base, numbers), hint, did(step)));
  }
  card["rates"] = rates;
  return card;
}

// The content of the editor.
struct SegmentForm {
  std::string id;  // empty: a new segment that has none yet
  std::string name;
  std::string rule;
  std::string version;  // what the user has seen of the segment; empty: a new one
};

SegmentForm FormOf(const Json& segment) {
  const auto text = [&segment](std::string_view name) { return std::string(segment[name].text()); };
  return {text("id"), text("name"), text("rule"), text("version")};
}

SegmentForm FormIn(const PageRequest& request) {
  const auto text = [&request](std::string_view name) { return WithLineFeeds(TrimAsciiSpace(request.Field(name))); };
  return {text("id"), text("name"), text("rule"), text("version")};
}

PageData PageOf(const PageRequest& request, const SegmentForm& form) {
  const bool is_new = form.version.empty();
  PageData data = NewPage(request, is_new ? "New segment" : "Segment", "/segments");
  data["segment_id"] = TextData(form.id);
  data["segment_name"] = TextData(form.name);
  data["rule"] = TextData(form.rule);
  data["version"] = TextData(form.version);
  data["is_new"] = is_new;
  data["hides_advanced"] = true;  // the form of the segment has the rule
  AddFilter(form.rule, {"segments/edit", {{"id", form.id}, {"name", form.name}, {"version", form.version}}}, request,
            &data);
  if (is_new) data["done"] = false;
  if (!is_new) data["query"] = SegmentQuery(form.id);
  return data;
}

// Sets `problem`, and `errors` of the rule with their places.
void AddRefusal(const ApiReply& reply, PageData* data) {
  AddList("errors", DataOf(reply.json["errors"]), data);
  (*data)["problem"] = (*data)["has_errors"].is_true() ? "The rule has errors:" : reply.sentence();
}

// Sets NAME to the first contacts that would move, and NAME_more to the number of the others.
void AddMoved(const google::protobuf::RepeatedPtrField<v1::LeadRow>& first, uint64_t all, const std::string& name,
              const ShownNumbers& numbers, PageData* data) {
  (*data)[name] = ListOf(first, [&numbers](const v1::LeadRow& contact) { return LeadCells(contact, numbers); });
  const auto shown = static_cast<uint64_t>(first.size());
  (*data)[name + "_more"] = TextData(all > shown ? numbers.Of(all - shown) : "");
}

void AddTrial(const v1::SegmentPreview& trial, const ShownNumbers& numbers, PageData* data) {
  (*data)["trial"] = true;
  (*data)["before"] = numbers.Of(trial.before());
  (*data)["enter"] = numbers.Of(trial.enter());
  (*data)["leave"] = numbers.Of(trial.leave());
  (*data)["leads"] = numbers.Counted(std::to_string(trial.leads()), "lead");
  AddMoved(trial.entering(), trial.enter(), "entering", numbers, data);
  AddMoved(trial.leaving(), trial.leave(), "leaving", numbers, data);
  AddList("others",
          ListOf(trial.others(),
                 [&numbers](const v1::SegmentChange& other) {
                   return PageRow{
                       {"id", other.id()}, {"enter", numbers.Of(other.enter())}, {"leave", numbers.Of(other.leave())}};
                 }),
          data);
  (*data)["warnings"] = ListOf(trial.warnings(), [](const v1::RuleProblem& warning) {
    return PageRow{{"line", std::to_string(warning.line())},
                   {"column", std::to_string(warning.column())},
                   {"message", TextData(warning.message())}};
  });
}

// Shows the editor with what the rule would change.
http::Response Try(const PageRequest& request, const SegmentForm& form) {
  ApiCall call{.action = "segment.preview"};
  {
    JsonObject body(&call.body);
    body.Text("rule", form.rule);
    if (!form.version.empty()) body.Text("id", form.id);
  }
  const auto reply = AskApi<v1::SegmentPreview>(call, request);
  PageData data = PageOf(request, form);
  reply.is_done() ? AddTrial(reply.message, ShownNumbers::For(request), &data) : AddRefusal(reply, &data);
  ShowMissing(reply.message.missing_partitions(), &data);
  return Page(reply.code, "segment", data);
}

// Shows the editor of a rule that the filter has written, and what it would change.
http::Response ShowFiltered(const PageRequest& request) {
  const auto text = [&request](std::string_view name) { return std::string(request.Parameter(name)); };
  const SegmentForm form{text("id"), text("name"), text("where"), text("version")};
  const bool tries = request.user.role >= access::Role::kManager && !form.rule.empty();
  return tries ? Try(request, form) : Page(http::kOk, "segment", PageOf(request, form));
}

// Shows both rules. The form has the version that is there now, so that the next save takes the user's.
http::Response StaleSegment(const PageRequest& request, SegmentForm form) {
  LP_ASSIGN_OR_ANSWER(const Json now, JsonOrPage({.action = "segment.get", .id = form.id}, request, "Segment"));
  const SegmentForm there = FormOf(now);
  form.version = there.version;
  PageData data = PageOf(request, form);
  data["problem"] =
      "Somebody else saved this segment while you edited it. Nothing is saved yet: save again to have your rule.";
  data["there_rule"] = TextData(there.rule);
  data["there_name"] = TextData(there.name);
  return Page(http::kPreconditionFailed, "segment", data);
}

http::Response Save(const PageRequest& request, const SegmentForm& form) {
  ApiCall call{.action = "segment.put", .id = form.id, .body = BodyOfTexts({{"rule", form.rule}, {"name", form.name}})};
  if (!form.version.empty()) call.if_match = Concat({"\"", form.version, "\""});
  const ApiReply reply = CallApi(call, request);
  if (reply.is_done()) return Redirect("/segments/edit?" + QueryOf({{"id", form.id}, {"done", "1"}}));
  if (reply.code == http::kPreconditionFailed) return StaleSegment(request, form);
  PageData data = PageOf(request, form);
  AddRefusal(reply, &data);
  if (reply.code == http::kPreconditionRequired) {
    data["problem"] = "There is a segment with this id. Choose another id, or edit that segment.";
  }
  return Page(reply.code, "segment", data);
}

http::Response Remove(const PageRequest& request, const SegmentForm& form) {
  const ApiReply reply =
      CallApi({.action = "segment.remove", .id = form.id, .if_match = Concat({"\"", form.version, "\""})}, request);
  if (reply.is_done()) return Redirect("/segments?" + QueryOf({{"done", "1"}}));
  if (reply.code == http::kPreconditionFailed) return StaleSegment(request, form);
  PageData data = PageOf(request, form);
  data["problem"] = reply.sentence();
  return Page(reply.code, "segment", data);
}

// Returns the number of leads that entered or left on the day of a row, new definitions included.
uint64_t MovesIn(const Json& row, const std::string& column) {
  const auto number = [&row](const std::string& name) { return ParseInteger<uint64_t>(row[name].text()).value_or(0); };
  return number(column) + number("definitions:" + column);
}

PageData FigureOf(const std::string& label, const std::string& column, const Json::Elements& rows,
                  const ShownTimes& times, const ShownNumbers& numbers) {
  std::vector<ChartColumn> columns;
  uint64_t sum = 0;
  for (const Json& row : rows) {
    const Day day = ParseDay(row["day"].text()).value_or(kFirstDay);
    const uint64_t count = MovesIn(row, column);
    columns.push_back({times.DateTextOf(day), Concat({ShownTimes::FullTextOf(day), ": ", numbers.Of(count)}), count});
    sum += count;
  }
  return PageRow{
      {"label", label}, {"number", numbers.Of(sum)}, {"chart", ColumnChart(columns, numbers, HighColumns::kCut)}};
}

// Sets the pictures of who entered and left the segment in the last 30 days, and the table under them.
void AddMoves(const std::string& id, const PageRequest& request, PageData* data) {
  const ApiReply reply = CallApi({.action = "report.days", .parameters = {{"segment", id}}}, request);
  if (!reply.is_done()) return;
  const ShownTimes times = ShownTimes::For(request);
  const ShownNumbers numbers = ShownNumbers::For(request);
  const Json::Elements& rows = reply.json["rows"].elements();
  AddList(
      "moves",
      PageList{FigureOf("Entered", "entered", rows, times, numbers), FigureOf("Left", "left", rows, times, numbers)},
      data);
  PageList days;
  for (const Json& row : rows) {
    days.push_back(PageRow{{"day", times.OfDay(row["day"].text())},
                           {"entered", numbers.Of(MovesIn(row, "entered"))},
                           {"left", numbers.Of(MovesIn(row, "left"))}});
  }
  std::ranges::reverse(days);
  (*data)["move_days"] = days;
}

}  // namespace

http::Response ShowSegments(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const Json list, JsonOrPage({.action = "segment.list"}, request, "Segments"));
  PageData data = NewPage(request, "Segments");
  const RuleNames names = RuleNamesFor(request);
  const ShownNumbers& numbers = names.numbers;
  AddNamed(list, "segments", request, &data, [&](const Json& segment) {
    const std::string_view id = segment["id"].text();
    const std::string_view title = TitleOf(segment);
    return PageRow{{"segment_id", TextData(title == id ? "" : id)},
                   {"segment_title", TextData(title)},
                   {"rule", TextData(segment["rule"].text())},
                   {"words", WordsOfRule(std::string(segment["rule"].text()), names)},
                   {"count", numbers.Of(segment["count"].text())},
                   {"entered", TextData(numbers.Of(segment["enteredToday"].text()))},
                   {"left", numbers.Of(segment["leftToday"].text())},
                   {"query", SegmentQuery(id)},
                   {"id_query", QueryOf({{"id", std::string(id)}})}};
  });
  return Page(http::kOk, "segments", data);
}

http::Response ShowCampaigns(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const Json list, JsonOrPage({.action = "campaign.list"}, request, "Campaigns"));
  const ShownNumbers numbers = ShownNumbers::For(request);
  PageData data = NewPage(request, "Campaigns");
  data["has_others"] = !list["others"].members().empty();
  data["most_cards"] = numbers.Of(5'000);
  AddNamed(list, "campaigns", request, &data, [&numbers](const Json& campaign) { return CardOf(campaign, numbers); });
  return Page(http::kOk, "campaigns", data);
}

http::Response ShowSegment(const PageRequest& request) {
  const std::string id(request.Parameter("id"));
  if (!request.Parameter("where").empty() || !request.Parameter("version").empty()) return ShowFiltered(request);
  if (id.empty()) return Page(http::kOk, "segment", PageOf(request, {}));
  LP_ASSIGN_OR_ANSWER(const Json segment, JsonOrPage({.action = "segment.get", .id = id}, request, "Segment"));
  PageData data = PageOf(request, FormOf(segment));
  const Json& in_force = segment["inForce"];
  data["is_pending"] = !in_force.is_null() && !in_force.truth();
  if (request.user.role >= access::Role::kManager) AddMoves(id, request, &data);
  return Page(http::kOk, "segment", data);
}

http::Response EditSegment(const PageRequest& request) {
  const SegmentForm form = FormIn(request);
  if (request.Field("what") == "remove") return Remove(request, form);
  return request.Field("what") == "save" ? Save(request, form) : Try(request, form);
}

}  // namespace leadpulse::serve
