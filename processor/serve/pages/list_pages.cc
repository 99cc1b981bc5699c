// Lists: their names, sizes and members.
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

std::string RuleOfList(std::string_view id) { return "IN LIST " + rules::QuoteString(id); }

struct ShownList {
  std::string id;
  std::string name;
};

// Returns the lists that are declared, then those of some leads that are not: nothing lists all that there are.
std::vector<ShownList> ListsFor(const PageRequest& request) {
  constexpr size_t kMostLists = 100;
  std::vector<ShownList> lists;
  std::set<std::string> known;
  const auto add = [&](std::string_view id, std::string_view name) {
    if (lists.size() < kMostLists && known.insert(FoldCase(id)).second)
      lists.push_back({std::string(id), std::string(name)});
  };
  const auto names = request.parts->api->NamesFor(request.user);
  for (const config::DeclaredName& declared : names->lists.all()) add(declared.id, declared.name);
  const ApiReply some =
      CallApi({.action = "contact.search", .parameters = {{"limit", "1000"}, {"fields", "lists"}}, .prefer = "wait=1"},
              request);
  for (const Json& contact : some.json["contacts"].elements()) {
    for (const Json& list : contact["lists"].elements()) add(list.text(), list.text());
  }
  return lists;
}

// Returns how many leads are in the list.
ApiReply CountOfList(std::string_view id, const PageRequest& request) {
  return CallApi({.action = "contact.search",
                  .parameters = {{"where", RuleOfList(id)}, {"limit", "1"}, {"count", "exact"}, {"fields", "id"}}},
                 request);
}

http::Response ListsPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewPage(request, "Lists", "/lists");
  AddFormFields(request, "", &data);
  PageList rows;
  for (const ShownList& list : ListsFor(request)) {
    const ApiReply counted = CountOfList(list.id, request);
    NoteRefusal(counted, &notice);
    ShowMissing(counted.json, &data);
    const std::string count(counted.json["count"].text());
    rows.push_back(PageRow{{"list_id", list.id},
                           {"list_name", list.name},
                           {"count", GroupDigits(count)},
                           {"leads", Counted(count, "lead")},
                           {"query", QueryOf({{"where", RuleOfList(list.id)}})}});
  }
  AddList("rows", rows, &data);
  AddNotice(notice, &data);
  return Page(notice.code, "lists", data);
}

ApiReply Rename(const PageRequest& request) {
  const std::string name(TrimAsciiSpace(request.Field("name")));
  const std::string_view id = request.Field("list");
  return CallApi(
      {.action = "list.put", .id = std::string(id.empty() ? name : id), .body = BodyOfTexts({{"name", name}})},
      request);
}

// Adds the lead whose address or id is in the field `lead`.
ApiReply AddMember(const PageRequest& request) {
  ApiCall call = WriteCall("contact.lists", request);
  call.id = TrimAsciiSpace(request.Field("lead"));
  if (call.id.find('@') != std::string::npos) call.id.insert(0, "email:");
  JsonObject(&call.body).Texts("add", std::vector<std::string>{std::string(request.Field("list"))});
  return CallApi(call, request);
}

// Starts the job that takes the leads out of the list, and removes its name. A list without a name is no error.
ApiReply Remove(const PageRequest& request) {
  const std::string id(request.Field("list"));
  const ApiReply counted = CountOfList(id, request);
  if (!counted.is_done()) return counted;
  if (counted.json["count"].text() != "0") {
    ApiCall call{.action = "bulk.start"};
    call.idempotency_key = KeyOf(request);
    {
      JsonObject body(&call.body);
      body.Text("where", RuleOfList(id));
      body.Text("action", "lists");
      JsonObject(body.Key("body")).Texts("remove", std::vector<std::string>{id});
    }
    ApiReply started = CallApi(call, request);
    if (!started.is_done()) return started;
  }
  ApiReply removed = CallApi({.action = "list.remove", .id = id}, request);
  if (removed.code == http::kNotFound) removed.code = http::kOk;
  return removed;
}

}  // namespace

http::Response ShowLists(const PageRequest& request) { return ListsPage(request, {}); }

http::Response EditLists(const PageRequest& request) {
  const std::string_view what = request.Field("what");
  const ApiReply reply = what == "member" ? AddMember(request) : what == "remove" ? Remove(request) : Rename(request);
  if (!reply.is_done()) return ListsPage(request, RefusalOf(reply));
  return Redirect("/lists?" + QueryOf({{"done", std::string(reply.done_value())}}));
}

}  // namespace leadpulse::serve
