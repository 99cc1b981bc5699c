// Lists: their names, sizes and members.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/named_rows.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"

namespace leadpulse::serve {
namespace {

std::string RuleOfList(std::string_view id) { return "IN LIST " + rules::QuoteString(id); }

// Shows the lists. A form that was refused is shown as it was sent, with its message.
http::Response ListsPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewPage(request, "Lists", "/lists");
  const std::string_view what = notice.problem.empty() ? "" : request.Field("what");
  const std::string problem =
      what == "add" || what == "member" || what == "rename" ? std::exchange(notice.problem, "") : "";
  if (what == "add") {
    data["at_new"] = problem;
    AddTyped(request, {{"name"}}, &data);
  }
  AddFormFields(request, "", &data);
  const ApiReply lists = CallApi({.action = "list.list"}, request);
  NoteRefusal(lists, &notice);
  const ShownNumbers numbers = ShownNumbers::For(request);
  AddNamed(lists.json, "lists", request, &data, [&](const Json& list) {
    const std::string id(list["id"].text()), count(list["count"].text());
    const bool is_refused = id == request.Field("list");
    const std::string at_member = is_refused && what == "member" ? problem : "";
    const std::string at_rename = is_refused && what == "rename" ? problem : "";
    return PageRow{{"list_id", id},
                   {"list_name", TextData(TitleOf(list))},
                   {"new_name", TextData(at_rename.empty() ? TitleOf(list) : request.Field("name"))},
                   {"typed_lead", TextData(at_member.empty() ? "" : request.Field("lead"))},
                   {"at_member", TextData(at_member)},
                   {"at_rename", TextData(at_rename)},
                   {"count", numbers.Of(count)},
                   {"leads", numbers.Counted(count, "lead")},
                   {"query", QueryOf({{"where", RuleOfList(id)}})}};
  });
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
  auto counted = AskForCount(RuleOfList(id), request);
  if (!counted.is_done()) return counted;
  if (counted.message.count() > 0) {
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
