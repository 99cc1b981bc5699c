// The keys of the pages, and the commands: places, saved views, leads and what can be done with the open one, found by
// words.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kMostLeads = "6";

// Whether the label has every word of the query, in any case.
bool Matches(std::string_view label, std::string_view query) {
  const std::string text = AsciiLower(label);
  const std::vector<std::string> words = absl::StrSplit(std::string(query), ' ', absl::SkipEmpty());
  return std::ranges::all_of(words,
                             [&](const std::string& word) { return text.find(AsciiLower(word)) != std::string::npos; });
}

// Sets `name` to the entries of the list whose `label` matches.
void AddMatching(const std::string& name, const PageList& entries, std::string_view query, PageData* data) {
  PageList found;
  for (const PageData& entry : entries) {
    const PageData* label = entry.get("label");
    if (label != nullptr && Matches(label->string_value(), query)) found.push_back(entry);
  }
  AddList(name, found, data);
}

// Returns the places of the rail and the pages that are reached by menus.
PageList PlacesOf(const PageRequest& request, const PageData& frame) {
  PageList places = frame.get("places")->list_value();
  const auto add = [&](std::string_view label, std::string_view icon, std::string_view path) {
    places.push_back(PageRow{{"label", std::string(label)}, {"icon", std::string(icon)}, {"path", std::string(path)}});
  };
  for (const PageRoute& route : PageRoutes()) {
    if (route.tab.empty() || !route.navigation.empty() || request.user.role < route.least) continue;
    add(Concat({"Settings: ", route.tab}), "settings", route.path.substr(1));
  }
  add("Add a lead", "plus", "leads#add");
  add("Change your password", "person", "password");
  add("Keys", "chevron-right", "keys");
  return places;
}

PageList ViewsOf(const PageData& frame) {
  PageList views;
  for (const PageData& view : frame.get("views")->list_value()) {
    views.push_back(PageRow{{"label", view.get("view_title")->string_value()}, {"query", *view.get("query")}});
  }
  return views;
}

PageData ActionOf(std::string_view label, std::string_view action, std::string_view name, std::string_view value) {
  return PageRow{{"label", std::string(label)},
                 {"action", std::string(action)},
                 {"field", std::string(name)},
                 {"value", TextData(value)}};
}

// Sets `actions`: what can be done with the open contact by one button.
void AddActions(const PageRequest& request, std::string_view query, PageData* data) {
  const std::string lead(request.Parameter("lead"));
  if (lead.empty()) return;
  const auto reply = AskForContact(lead, request);
  if (!reply.is_done()) return;
  const v1::LeadRow& contact = reply.message.record().row();
  PageData cells = LeadCells(contact, ShownNumbers::For(request));
  (*data)["id"] = TextData(contact.lead().lead_id());
  (*data)["lead_name"] = PageData(*cells.get("name"));
  (*data)["lead_query"] = QueryOf({{"lead", lead}});
  PageList actions;
  if (!cells.get("is_final")->is_true()) {
    for (const PageData& stage : cells.get("stages")->list_value()) {
      if (stage.get("selected")->is_true()) continue;
      const std::string label = stage.get("label")->string_value(), value = stage.get("value")->string_value();
      PageData action = ActionOf(Concat({"Move to ", label}), "stage", "stage", value);
      if (IsFinalStage(value)) action["final_label"] = label;
      actions.push_back(std::move(action));
    }
    PageNotice ignored;  // without agents, the other actions are still there
    AddAgents(request, data, &ignored);
    const PageData* agents = data->get("agents");
    for (const PageData& agent : agents != nullptr ? agents->list_value() : PageList()) {
      const std::string id = agent.get("agent_id")->string_value();
      if (id != contact.lead().agent()) actions.push_back(ActionOf("Assign to " + id, "agent", "agent_id", id));
    }
  }
  const bool is_blocked = contact.lead().do_not_contact();
  actions.push_back(ActionOf(is_blocked ? "Allow contact again" : "Do not contact", "do-not-contact", "value",
                             is_blocked ? "false" : "true"));
  AddMatching("actions", actions, query, data);
}

// Sets `leads` to those that the search finds first.
void AddFoundLeads(const PageRequest& request, const std::string& query, PageData* data) {
  if (query.empty()) return;
  const auto reply = AskApi<v1::FoundLeads>({.action = "contact.search",
                                             .parameters = {{"query", query}, {"limit", std::string(kMostLeads)}},
                                             .prefer = std::string(kWait)},
                                            request);
  // A query that is still being typed, such as `score>`, may not be one yet.
  if (!reply.is_done()) return;
  const ShownNumbers numbers = ShownNumbers::For(request);
  AddList("leads",
          ListOf(reply.message.rows(), [&numbers](const v1::LeadRow& contact) { return LeadCells(contact, numbers); }),
          data);
}

}  // namespace

http::Response ShowCommands(const PageRequest& request) {
  PageData data = NewPage(request, "Commands", "/leads");
  const std::string query(TrimAsciiSpace(request.Parameter("query")));
  const auto list = FieldsIn(request.Parameter("back"), kQueryType).value_or(std::vector<http::FormField>());
  AddFormFields(request, QueryOf(ListParameters(list, /*with_lead=*/true)), &data);
  data["typed"] = TextData(query);
  data["lead"] = TextData(request.Parameter("lead"));
  AddActions(request, query, &data);
  AddFoundLeads(request, query, &data);
  AddMatching("targets", PlacesOf(request, data), query, &data);
  AddMatching("saved", ViewsOf(data), query, &data);
  return request.Parameter("part") == "1" ? Part("command_box", data) : Page(http::kOk, "commands", data);
}

http::Response ShowKeys(const PageRequest& request) {
  PageData data = NewPage(request, "Keys");
  return request.Parameter("part") == "1" ? Part("key_list", data) : Page(http::kOk, "keys", data);
}

}  // namespace leadpulse::serve
