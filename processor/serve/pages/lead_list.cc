#include "processor/serve/pages/lead_list.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/declared_names.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_columns.h"
#include "processor/serve/pages/lead_export.h"
#include "processor/serve/pages/lead_filter.h"
#include "processor/serve/pages/lead_numbers.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"

namespace leadpulse::serve {
namespace {

using http::FormField;

constexpr std::string_view kPageSize = "50";

constexpr std::string_view kNewestActivity = "-last_engaged";
// Where the forms of the page are sent: that of a new contact, a saved view, an export, and a change of many.
constexpr std::string_view kAddPath = "/leads/add", kViewsPath = "/leads/views", kExportPath = "/leads/export",
                           kBulkPath = "/leads/bulk";

// Returns the columns to sort by. Unless the user has chosen some, who did something last comes first, as long as the
// leads are few enough: a sort reads them all.
std::string_view SortOf(const PageRequest& request) {
  constexpr double kMostSorted = 20'000;
  const std::string_view sort = request.Parameter("sort");
  if (!sort.empty()) return sort;
  const auto all = ParseNumber(request.parts->numbers->Of(request.user).all);
  return all && *all <= kMostSorted ? kNewestActivity : "";
}

// Returns the query string of this list with another value of the parameter. It has no cursor, unless that is the
// parameter.
std::string With(const PageRequest& request, std::string_view name, std::string_view value) {
  std::vector<FormField> fields = ListParameters(request.parameters, /*with_lead=*/false);
  std::erase_if(fields, [&](const FormField& field) { return field.name == name || field.name == "cursor"; });
  fields.push_back({std::string(name), std::string(value)});
  return QueryOf(fields);
}

// Returns the heads of the name and of these columns. A click sorts by the column, a second click in descending order.
PageData HeadsOf(const PageRequest& request) {
  std::vector<LeadColumn> columns = ColumnsOf(request);
  columns.insert(columns.begin(), {"name", "Name", "last_name"});
  const std::string_view sort = SortOf(request);
  return ListOf(columns, [&](const LeadColumn& column) {
    const bool ascends = sort == column.sort, descends = sort.starts_with('-') && sort.substr(1) == column.sort;
    PageData head;
    head["label"] = TextData(column.label);
    head["is_number"] = column.is_number();
    head["is_sortable"] = !column.sort.empty();
    if (column.sort.empty()) return head;
    head["query"] = With(request, "sort", Concat({ascends ? "-" : "", column.sort}));
    head["order"] = TextData(ascends ? "ascending" : descends ? "descending" : "none");
    head["arrow"] = TextData(ascends ? "▲" : descends ? "▼" : "");
    return head;
  });
}

// Sets `counts` of the stages, each with the search that finds its contacts; with_mail: also of those who cannot be
// mailed, which are a search each.
void AddCounts(const PageRequest& request, bool with_mail, PageData* data, PageNotice* notice) {
  const auto reply = AskApi<v1::Pipeline>({.action = "pipeline.get", .parameters = {{"limit", "1"}}}, request);
  if (!reply.is_done()) return NoteRefusal(reply, notice);
  const ShownNumbers numbers = ShownNumbers::For(request);
  PageList counts;
  const std::string_view shown = request.Parameter("where");
  const std::string columns(request.Parameter("columns"));
  const auto add = [&](std::string_view name, std::string_view count, const std::string& rule) {
    counts.push_back(PageRow{{"label", LabelOf(name)},
                             {"stage", std::string(name)},
                             {"count", numbers.Of(count)},
                             {"query", QueryOf({{"where", rule}, {"columns", columns}})},
                             {"is_current", shown == rule}});
  };
  uint64_t all = 0;
  for (const v1::PipelineColumn& stage : reply.message.columns()) {
    add(stage.stage(), std::to_string(stage.leads()), StageRule(stage.stage()));
    all += stage.leads();
  }
  constexpr std::string_view kMail[] = {"unsubscribed", "bounced", "complained"};
  for (const std::string_view name : with_mail ? std::span(kMail) : std::span<const std::string_view>()) {
    const std::string rule = Concat({"email_status IS \"", name, "\""});
    const std::string count = CountIn(AskForCount(rule, request).message);
    if (!count.empty()) add(name, count, rule);
  }
  (*data)["has_counts"] = true;
  (*data)["counts"] = counts;
  (*data)["all"] = numbers.Of(all);
  (*data)["is_all"] = shown.empty() && request.Parameter("query").empty();
}

// Sets `list_options` and `campaign_options`: the lists and running campaigns that are declared, for fields that take
// one. Leads may be in others.
void AddNameOptions(const PageRequest& request, PageData* data) {
  const auto names = request.parts->api->NamesFor(request.user);
  const auto add = [data](const char* name, const config::DeclaredNames& declared) {
    PageList options;
    for (const config::DeclaredName& one : declared.all()) {
      if (one.active && options.size() < kMostOptions) options.push_back(OptionOf(one.id, one.name, false));
    }
    (*data)[name] = options;
  };
  add("list_options", names->lists);
  add("campaign_options", names->campaigns);
}

MessageReply<v1::FoundLeads> Search(const PageRequest& request) {
  ApiCall call{.action = "contact.search", .parameters = {{"limit", std::string(kPageSize)}, {"count", "estimate"}}};
  // Who sorts many leads waits for all of them.
  if (request.Parameter("sort").empty()) call.prefer = kWait;
  for (const char* name : {"query", "where", "cursor"}) {
    call.parameters.push_back({name, std::string(request.Parameter(name))});
  }
  call.parameters.push_back({"sort", std::string(SortOf(request))});
  return AskApi<v1::FoundLeads>(call, request);
}

// Sets the data of lead_found.tpl for the answer to a search.
void AddFound(const v1::FoundLeads& found, const PageRequest& request, PageData* data) {
  const ShownNumbers numbers = ShownNumbers::For(request);
  const std::string count = CountIn(found);
  (*data)["has_found"] = !count.empty();
  (*data)["found"] = count;
  (*data)["found_text"] = numbers.Counted(count, "lead");
  (*data)["found_is_estimate"] = found.is_estimate();
  // The script says how many leads are new since the page was there, which found `before`.
  const auto number = [](std::string_view text) { return ParseInteger<int64_t>(text).value_or(0); };
  const int64_t more = number(count) - number(request.Parameter("before"));
  (*data)["more_text"] = TextData(more > 0 ? numbers.Of(more) : "");
  // Queries that show leads which are new in this list: among its rows, or before all others.
  (*data)["same_query"] = QueryOf(ListParameters(request.parameters, /*with_lead=*/false));
  (*data)["newest_query"] = With(request, "sort", "-created");
}

// Offers the lead whose id was searched for: words find texts and addresses only.
void AddSameId(const PageRequest& request, PageData* data) {
  const std::string id(TrimAsciiSpace(request.Parameter("query")));
  if (id.empty()) return;
  const auto reply = AskForContact(id, request);
  if (!reply.is_done()) return;
  (*data)["same_id"] = TextData(reply.message.lead_id());
  (*data)["same_id_query"] = With(request, "lead", id);
}

// Sets `tag_choices`: the tags of these contacts, for the picker of tags.
void AddTagChoices(const v1::FoundLeads& found, PageData* data) {
  std::set<std::string_view> tags;
  for (const v1::LeadRow& contact : found.rows())
    tags.insert(contact.lead().tags().begin(), contact.lead().tags().end());
  (*data)["tag_choices"] = ListOf(tags, [](std::string_view tag) { return OptionOf(tag, tag, false); });
}

struct ShownRows {
  std::string rule;  // what the user wrote if the search was refused, otherwise the rule of the list
  bool is_unavailable = false;
};

// Sets the warnings about the rule, and about columns that nobody has.
void AddWarnings(const v1::FoundLeads& found, PageData* data) {
  PageList warnings;
  for (const auto* of : {&found.warnings(), &found.column_warnings()}) {
    for (const std::string& warning : *of) warnings.push_back(PageRow{{"text", TextData(warning)}});
  }
  (*data)["warnings"] = warnings;
}

ShownRows AddRows(const PageRequest& request, PageData* data, PageNotice* notice) {
  auto reply = Search(request);
  const bool is_first_again = reply.code == http::kGone;
  (*data)["is_first_again"] = is_first_again;
  if (is_first_again) {
    PageRequest first = request;
    std::erase_if(first.parameters, [](const FormField& field) { return field.name == "cursor"; });
    reply = Search(first);
  }
  const v1::FoundLeads& found = reply.message;
  std::string rule(reply.is_done() ? found.rule() : request.Parameter("where"));
  (*data)["rule"] = TextData(rule);
  (*data)["is_due"] = request.Parameter("where") == kDueRule;
  (*data)["has_rule"] = !rule.empty();
  (*data)["is_read"] = reply.is_done();
  if (!reply.is_done()) {
    NoteRefusal(reply, notice);
    return {std::move(rule), reply.code == http::kUnavailable};
  }
  AddFound(found, request, data);
  AddTagChoices(found, data);
  const ShownTimes times = ShownTimes::For(request);
  const ShownNumbers numbers = ShownNumbers::For(request);
  const std::vector<LeadColumn> columns = ColumnsOf(request);
  const std::vector<std::string> chosen =
      request.path == kBulkPath ? request.Fields("lead") : std::vector<std::string>();
  (*data)["rows"] = ListOf(found.rows(), [&](const v1::LeadRow& contact) {
    PageData row = LeadCells(contact, numbers);
    AddCells(contact, columns, times, numbers, &row);
    row["is_open"] = contact.lead().lead_id() == request.Parameter("lead");
    row["is_chosen"] = std::ranges::find(chosen, contact.lead().lead_id()) != chosen.end();
    return row;
  });
  (*data)["has_rows"] = !found.rows().empty();
  if (found.rows().empty()) AddSameId(request, data);
  AddWarnings(found, data);
  ShowRunState(found, data);
  (*data)["is_late"] = found.has_late_at();
  (*data)["searched"] = TextData(found.has_searched() ? std::to_string(found.searched()) : "");
  if (!found.cursor().empty()) (*data)["next_query"] = With(request, "cursor", found.cursor());
  if (!request.Parameter("cursor").empty() && !is_first_again) {
    (*data)["is_later"] = true;
    (*data)["first_query"] = With(request, "sort", request.Parameter("sort"));
  }
  return {std::move(rule)};
}

// Moves the message of a refused form of the page to that form, which is shown as it was sent. The message about a
// change of many stays above the page.
void AddRefusedForm(const PageRequest& request, PageData* data, PageNotice* notice) {
  const std::string_view path = request.path;
  if (notice->problem.empty()) return;
  if (path == kViewsPath) {
    AddTyped(request, {{"title", "shared"}}, data);
    (*data)["at_views"] = std::exchange(notice->problem, "");
  } else if (path == kExportPath && !request.Has("now")) {
    AddTyped(request, {{"columns", "name"}}, data);
    (*data)["typed_jsonl"] = request.Field("format") == "jsonl";
    (*data)["at_export"] = std::exchange(notice->problem, "");
  } else if (path == kBulkPath) {
    std::string what(request.Field("what"));
    for (const char* name : {"add", "remove", "text"}) {
      (*data)[Concat({"bulk_", name})] = TextData(what == "lists" || what == "campaigns" ? "" : request.Field(name));
    }
    std::ranges::replace(what, '-', '_');
    (*data)[Concat({"bulk_is_", what})] = true;
    (*data)["bulk_is_all"] = request.Field("scope") == "all";
    (*data)["bulk_stages"] = StageOptions(request.Field("stage"));
  }
}

void AddDetail(const PageRequest& request, PageData* data, PageNotice* notice) {
  const std::string lead(request.Parameter("lead"));
  if (lead.empty()) return;
  auto detail = DetailOf(lead, request, notice);
  if (const auto* refused = std::get_if<ApiReply>(&detail)) return NoteRefusal(*refused, notice);
  PageData& panel = std::get<PageData>(detail);
  (*data)["title"] = PageData(*panel.get("name"));
  (*data)["detail"] = std::move(panel);
}

}  // namespace

void AddAgents(const PageRequest& request, PageData* data, PageNotice* notice) {
  if (request.user.role < access::Role::kManager) return;
  const auto users = request.parts->store->Users(request.user.tenant);
  if (!users.ok()) {
    LogFailure(users.status());
    return NoteRefusal({http::kUnavailable, {}}, notice);
  }
  std::set<std::string> ids;
  for (const access::User& user : *users) {
    if (!user.disabled && !user.agent_id.empty()) ids.insert(user.agent_id);
  }
  (*data)["agents"] = ListOf(ids, [](const std::string& id) {
    return PageRow{{"agent_id", id}, {"agent_initials", InitialsOf(id)}};
  });
}

void AddForms(const PageRequest& request, PageData* data) {
  AddFormFields(request, QueryOf(ListParameters(request.parameters, /*with_lead=*/true)), data);
  (*data)["back_query"] = QueryOf({{"back", QueryOf(ListParameters(request.parameters, /*with_lead=*/false))}});
  (*data)["list_query"] = QueryOf(ListParameters(request.parameters, /*with_lead=*/false));
  for (const char* name : {"query", "where", "sort", "columns"}) (*data)[name] = TextData(request.Parameter(name));
  (*data)["search_text"] = TextData(request.Parameter("query"));
  (*data)["is_leads"] = true;
  (*data)["undo_lead"] = TextData(request.Parameter("lead"));
  (*data)["is_manager"] = request.user.role >= access::Role::kManager;
  (*data)["is_admin"] = request.user.role >= access::Role::kAdmin;
}

std::vector<FormField> ListParameters(const std::vector<FormField>& fields, bool with_lead) {
  std::vector<FormField> kept = FieldsNamed(fields, {"query", "where", "sort", "columns", "cursor"});
  if (with_lead) std::ranges::move(FieldsNamed(fields, {"lead", "tab"}), std::back_inserter(kept));
  return kept;
}

http::Response ShowLeads(const PageRequest& request) { return LeadsPage(request, {}); }

http::Response LeadsPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewPage(request, "Leads", "/leads");
  AddForms(request, &data);
  data["heads"] = HeadsOf(request);
  if (request.path == kAddPath) {
    data["is_adding"] = true;
    AddTyped(request, kNewLeadFields, &data);
  }
  const ShownRows rows = AddRows(request, &data, &notice);
  AddAgents(request, &data, &notice);
  AddNameOptions(request, &data);
  AddExport(request, &data);
  data["bulk_stages"] = StageOptions("");
  AddRefusedForm(request, &data, &notice);
  if (!rows.is_unavailable) {  // otherwise each part would wait for a run that does not answer
    AddCounts(request, /*with_mail=*/true, &data, &notice);
    AddFilter(rows.rule, {"leads", FieldsNamed(request.parameters, {"sort", "columns"})}, request, &data);
    AddDetail(request, &data, &notice);
  }
  AddNotice(notice, &data);
  // A `^` below the rule shows the place.
  data["shows_place"] = notice.problem.find('\n') != std::string::npos;
  AddList("conflicts", std::move(notice.conflicts), &data);
  return Page(notice.code, "leads", data);
}

http::Response ShowFound(const PageRequest& request) {
  const auto reply = Search(request);
  if (!reply.is_done()) return {reply.code, reply.sentence()};
  PageData data;
  AddFound(reply.message, request, &data);
  data["here"] = ListOf(reply.message.rows(), [](const v1::LeadRow& contact) {
    return PageRow{{"here_id", TextData(contact.lead().lead_id())}};
  });
  return Part("lead_found", data);
}

http::Response ShowRow(const PageRequest& request) {
  const auto reply = AskForContact(request.Parameter("lead"), request);
  if (!reply.is_done()) return {reply.code, reply.sentence()};
  const v1::LeadRow& contact = reply.message.record().row();
  const ShownNumbers numbers = ShownNumbers::For(request);
  PageData data = LeadCells(contact, numbers);
  PageRequest list = request;
  if (auto back = FieldsIn(request.Parameter("back"), kQueryType)) list.parameters = std::move(*back);
  AddCells(contact, ColumnsOf(list), ShownTimes::For(request), numbers, &data);
  AddForms(list, &data);
  data["is_open"] = list.Parameter("lead") == request.Parameter("lead");
  return Part("lead_row", data);
}

http::Response ShowActions(const PageRequest& request) {
  const auto reply = AskForContact(request.Parameter("lead"), request);
  const bool is_part = request.Parameter("part") == "1";
  if (!reply.is_done() && is_part) return {reply.code, reply.sentence()};
  if (!reply.is_done()) return Message(reply.code, request, "There is no such lead", reply.sentence());
  const v1::LeadRow& contact = reply.message.record().row();
  PageData data = NewPage(request, NameOf(contact), "/leads");
  PageRequest list = request;
  list.parameters = FieldsIn(request.Parameter("back"), kQueryType).value_or(std::vector<FormField>());
  AddForms(list, &data);
  PageNotice notice;
  AddAgents(request, &data, &notice);
  const PageData cells = LeadCells(contact, ShownNumbers::For(request));
  for (const char* name : {"id", "name", "lead_query", "agent", "is_final", "stages"})
    data[name] = PageData(*cells.get(name));
  data["do_not_contact"] = contact.lead().do_not_contact();
  return is_part ? Part("lead_actions", data) : Page(http::kOk, "lead_actions_page", data);
}

http::Response ShowCounts(const PageRequest& request) {
  PageData data;
  PageNotice notice;
  AddCounts(request, /*with_mail=*/false, &data, &notice);
  if (!notice.problem.empty()) return {notice.code, notice.problem};
  return Part("lead_counts", data);
}

}  // namespace leadpulse::serve
