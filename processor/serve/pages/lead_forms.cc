// The forms of the page of leads.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/importing/suppressions.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/api/request/routes.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/job_rows.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/lead_export.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

using http::FormField;

constexpr char kChooseFirst[] = "Select leads in the table first, or all leads in this search.";
constexpr char kNothingTyped[] = "Enter what to add or to remove, or the note.";
constexpr char kTypeId[] = "Nothing is erased. An erasure cannot be taken back: type the id of the lead to confirm it.";
constexpr char kNoQualification[] = "A qualification is a whole number from 0 to 100.";
constexpr char kNameFirst[] = "Nothing is saved yet: say which attribute the new value is of.";
constexpr char kSearchFirst[] = "Search or filter first, so that nobody changes every lead by mistake.";

// Returns the parameters of the page that the form was on.
std::vector<FormField> BackOf(const PageRequest& request) {
  const auto back = FieldsIn(request.Field("back"), kQueryType);
  return back ? ListParameters(*back, /*with_lead=*/true) : std::vector<FormField>();
}

// Redirects to the page that the form was on. With `at_panel`, to the panel of the open contact, which on a small
// screen is below the search.
http::Response BackTo(std::vector<FormField> parameters, std::string_view done, bool at_panel = false,
                      const std::string& undo = {}) {
  parameters.push_back({"done", std::string(done)});
  parameters.push_back({"undo", undo});
  return Redirect(Concat({"/leads?", QueryOf(parameters), at_panel ? "#detail" : ""}));
}

// Whether the form is one of the open contact.
bool IsOfPanel(const PageRequest& request) {
  const auto back = BackOf(request);
  return !request.Field("lead").empty() && http::LastOf(back, "lead") == request.Field("lead");
}

// Whether the script has sent the form: it takes the panel alone, and shows what of it is new.
bool WantsPanel(const PageRequest& request) {
  return request.Has("part") && !WantsUndo(request) && !request.Field("lead").empty();
}

// Shows the page that the form was on, with the reason.
http::Response Refused(const PageRequest& request, const PageNotice& notice) {
  PageRequest shown = request;
  shown.parameters = BackOf(request);
  if (WantsPanel(request)) return PanelPart(std::string(request.Field("lead")), shown, notice);
  return LeadsPage(shown, notice);
}

// Answers a form that was done, or changed nothing: with the panel, with what takes it back, or the way back to the
// page. `undo`: the command that can be taken back; empty: none.
http::Response GoOn(std::string_view done, const PageRequest& request, const std::string& undo = {}) {
  if (WantsUndo(request)) return UndoPart(request, undo, "", QueryOf(BackOf(request)));
  if (!WantsPanel(request)) return BackTo(BackOf(request), done, IsOfPanel(request), undo);
  PageRequest shown = request;
  shown.parameters = BackOf(request);
  shown.parameters.push_back({"done", std::string(done)});
  shown.parameters.push_back({"undo", undo});
  return PanelPart(std::string(request.Field("lead")), shown, {});
}

http::Response Finish(const ApiReply& reply, const PageRequest& request, const std::string& undo = {}) {
  return reply.is_done() ? GoOn(reply.done_value(), request, undo) : Refused(request, RefusalOf(reply));
}

// Whether a change by that route of `/contacts/{id}` can be taken back.
bool CanBeUndone(std::string_view action, const PageRequest& request) {
  constexpr std::array<std::string_view, 8> kUndone = {"stage", "agent",          "tags",          "lists",
                                                       "notes", "do-not-contact", "qualification", "campaigns"};
  if (action == "stage" && IsFinalStage(request.Field("stage"))) return false;
  return std::ranges::find(kUndone, action) != kUndone.end();
}

PageNotice StaleSave(const std::vector<AttributeEdit>& conflicts, const v1::LeadRow& contact) {
  PageData rows = ListOf(conflicts, [&contact](const AttributeEdit& edit) {
    return PageRow{
        {"conflict_label", LabelOf(edit.name)}, {"typed", edit.value}, {"now", SpellingIn(contact, edit.name)}};
  });
  return {
      .code = http::kPreconditionFailed,
      .problem = "Somebody else changed this lead while you did. Nothing is saved yet: save again to have your values.",
      .conflicts = std::move(rows)};
}

// Gives a new field the type that is declared. Returns why it cannot be one: the name is that of something of the lead
// that an attribute would not change, or a field of that name is there, in a form of its own.
std::optional<PageNotice> CheckNewField(const PageRequest& request, AttributeEdit* edit) {
  const std::string name = NormalizeName(edit->name);
  const auto refused = [](const std::string& why) {
    return PageNotice{.code = http::kUnprocessableContent, .problem = why};
  };
  if (rules::BuiltInFromName(name)) {
    return refused(Concat({Quoted(edit->name), " is no field: it is changed with the form or menu of that name."}));
  }
  if (importing::ReadStatus(importing::StatusColumnOf(name), edit->value).suppresses()) {
    return refused("A field stops no mail. Choose Do not contact, or unsubscribe the lead from its topics.");
  }
  const auto read = AskForContact(std::string(request.Field("lead")), request);
  if (read.is_done()) {
    const std::string present = SpellingIn(read.message.record().row(), name);
    if (!present.empty())
      return refused(Concat({"There is a field of this name, with ", Quoted(present), ": change that."}));
  }
  const ApiReply declared = CallApi({.action = "field.list"}, request);
  for (const Json& field : declared.json["fields"].elements()) {
    if (NormalizeName(field["name"].text()) == name) edit->type = field["type"].text();
  }
  return std::nullopt;
}

http::Response UpdateLead(const PageRequest& request) {
  if (TrimAsciiSpace(request.Field("new_name")).empty() && !TrimAsciiSpace(request.Field("new_value")).empty()) {
    return Refused(request, {http::kUnprocessableContent, kNameFirst});
  }
  std::vector<AttributeEdit> edits = EditsOf(request);
  const bool has_new = !TrimAsciiSpace(request.Field("new_name")).empty();
  if (has_new && !edits.back().value.empty()) {
    if (const auto refused = CheckNewField(request, &edits.back())) return Refused(request, *refused);
  }
  if (const auto refused = ReadTypedNumbers(&edits)) {
    return Refused(request, {.code = http::kUnprocessableContent, .problem = refused->value, .field = refused->name});
  }
  if (edits.empty()) return GoOn("", request);
  ApiCall call = WriteCall("contact.update", request);
  call.body = PatchOf(edits);
  const std::string version(request.Field("version"));
  if (!version.empty()) call.if_match = "\"" + version + "\"";
  ApiReply reply = CallApi(call, request);
  // An opened mail or an edit of another attribute does not refuse the save.
  constexpr int kTries = 3;
  for (int again = 1; again < kTries && reply.code == http::kPreconditionFailed; ++again) {
    const auto read = AskForContact(call.id, request);
    if (!read.is_done()) return Finish(read, request);
    const v1::LeadRow& contact = read.message.record().row();
    const std::vector<AttributeEdit> conflicts = ConflictsOf(edits, contact);
    if (!conflicts.empty()) return Refused(request, StaleSave(conflicts, contact));
    const std::string& now = contact.lead().version();
    call.if_match = Concat({"\"", now, "\""});
    call.idempotency_key = Concat({KeyOf(request), "-", now});
    reply = CallApi(call, request);
  }
  return Finish(reply, request, call.idempotency_key);
}

http::Response EraseLead(const PageRequest& request) {
  ApiCall call = WriteCall("contact.erase", request);
  const std::string_view typed = request.Field("confirm");
  const bool is_it = TrimAsciiSpace(typed) == request.Field("lead");  // a copy may end in a space
  call.parameters = {{"confirm", std::string(is_it ? request.Field("lead") : typed)}};
  if (request.Has("suppress")) call.parameters.push_back({"suppress", "true"});
  const ApiReply reply = CallApi(call, request);
  if (reply.json["field"].text() == "confirm") return Refused(request, {reply.code, kTypeId});
  if (!reply.is_done()) return Finish(reply, request);
  return BackTo(ListParameters(BackOf(request), /*with_lead=*/false), reply.done_value());
}

http::Response RemoveNote(const PageRequest& request) {
  ApiCall call = WriteCall("contact.remove_note", request);
  call.parameters = {{"command_id", std::string(request.Field("note"))}};
  return Finish(CallApi(call, request), request);
}

// Adds the search as jobs take it. Without a search, all contacts.
void AddSearch(const std::vector<FormField>& back, JsonObject* object) {
  const std::string_view where = http::LastOf(back, "where"), query = http::LastOf(back, "query");
  if (!where.empty()) return object->Text("where", where);
  if (!query.empty()) object->Text("query", query);
}

bool IsBlank(const Route& route, const PageRequest& request) {
  return std::ranges::all_of(
      route.body, [&request](const BodyMember& member) { return TrimAsciiSpace(request.Field(member.name)).empty(); });
}

// Returns the form of a change of many with the fields of its choice alone, `tags:add` as `add`: a browser also sends
// those of the others, which it does not show.
PageRequest OfChoice(PageRequest request) {
  const std::string choice = Concat({request.Field("what"), ":"});
  std::erase_if(request.form, [&choice](const FormField& field) {
    return field.name.find(':') != std::string::npos && !field.name.starts_with(choice);
  });
  for (FormField& field : request.form) {
    if (field.name.starts_with(choice)) field.name.erase(0, choice.size());
  }
  return request;
}

// Returns the body of `POST /bulk`.
std::string BulkBody(const Route& route, const PageRequest& request, bool is_trial) {
  std::string body;
  JsonObject object(&body);
  if (request.Field("scope") == "all") {
    AddSearch(BackOf(request), &object);
  } else {
    object.Texts("ids", request.Fields("lead"));
  }
  object.Text("action", request.Field("what"));
  object.Key("body")->append(BodyOf(route, request));
  if (is_trial) object.Boolean("dry_run", true);
  object.End();
  return body;
}

// Sets `fields`: those of the form, to send it again once it is confirmed.
void AddFieldsOf(const PageRequest& request, PageData* data) {
  PageList fields;
  for (const FormField& field : request.form) {
    if (field.name == "form_token") continue;
    fields.push_back(PageRow{{"field", field.name}, {"value", field.value}});
  }
  (*data)["fields"] = fields;
}

// Returns the rule of the leads that a move or an owner would be refused for; empty for other changes. `rule`: of those
// that the search finds, empty: of those that are selected.
std::string RuleOfRefused(std::string_view rule, const PageRequest& request) {
  if (request.Field("what") != "stage" && request.Field("what") != "agent") return {};
  std::string ids, ends;
  for (const std::string& id : request.Fields("lead")) {
    AppendParts({ids.empty() ? "" : ", ", rules::QuoteString(id)}, &ids);
  }
  for (int number = static_cast<int>(Stage::kNew); number <= static_cast<int>(Stage::kArchived); ++number) {
    const auto stage = static_cast<Stage>(number);
    if (IsFinal(stage)) AppendParts({ends.empty() ? "" : ", ", rules::QuoteString(StageName(stage))}, &ends);
  }
  const std::string selected =
      rule.empty() ? Concat({rules::kLeadIdField, " IN (", ids, ")"}) : Concat({"(", rule, ")"});
  return Concat({selected, " AND stage IN (", ends, ")"});
}

// Asks to confirm. `trial` says which contacts the change would affect.
http::Response ConfirmPage(const Route& route, const Json& trial, const PageRequest& request) {
  const std::string_view count = trial["count"].text();
  PageData data = NewPage(request, "Change leads", "/leads");
  const ShownNumbers numbers = ShownNumbers::For(request);
  data["leads"] = numbers.Counted(count, "lead");
  data["what"] = TextData(route.summary.substr(0, route.summary.find(';')));
  PageList values;
  for (const BodyMember& member : route.body) {
    const std::string_view value = TrimAsciiSpace(request.Field(member.name));
    if (value.empty()) continue;
    values.push_back(PageRow{{"label", member.name == "agent_id" ? "Agent" : LabelOf(member.name)},
                             {"text", member.name == "stage" ? LabelOf(value) : std::string(value)}});
  }
  data["values"] = values;
  data["is_final"] = request.Field("what") == "stage" && IsFinalStage(request.Field("stage"));
  const std::string refused = RuleOfRefused(trial["rule"].text(), request);
  const std::string number = refused.empty() ? "" : CountIn(AskForCount(refused, request).message);
  if (!number.empty() && number != "0") {
    data["refused"] = Concat({numbers.Counted(number, "lead"), number == "1" ? " is" : " are"});
    data["refused_query"] = QueryOf({{"where", refused}});
  }
  AddFieldsOf(request, &data);
  data["back"] = QueryOf(BackOf(request));
  return Page(http::kOk, "confirm_bulk", data);
}

// Waits a moment for the file of an export. Returns false if it is not there yet.
bool HasFileSoon(const std::string& job, const PageRequest& request) {
  constexpr int kTries = 30;
  constexpr std::chrono::milliseconds kPause{100};
  for (int i = 0; i < kTries; ++i) {
    const ApiReply reply = CallApi({.action = "job.get", .id = job}, request);
    if (!reply.is_done() || !GoesOn(reply.json)) return !reply.json["file"].text().empty();
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

// Asks before a contact is moved to a final stage. Returns nullopt if there is nothing to ask.
std::optional<http::Response> AskBeforeEnd(const PageRequest& request) {
  const std::string_view stage = request.Field("stage");
  if (request.Field("action") != "stage" || !IsFinalStage(stage) || request.Has("confirmed")) return std::nullopt;
  const auto reply = AskForContact(request.Field("lead"), request);
  const v1::LeadRow& contact = reply.message.record().row();
  if (!reply.is_done() || IsFinalStage(contact.lead().stage())) return std::nullopt;  // it will be refused
  PageData data = NewPage(request, "Change a lead", "/leads");
  data["name"] = NameOf(contact);
  data["stage_label"] = LabelOf(stage);
  data["form"] = "leads/edit";
  AddFieldsOf(request, &data);
  data["place"] = "leads";
  data["back"] = QueryOf(BackOf(request));
  return Page(http::kOk, "confirm_move", data);
}

}  // namespace

http::Response AddLead(const PageRequest& request) {
  ApiCall call = WriteCall("contact.create", request);
  call.id.clear();
  {
    JsonObject object(&call.body);
    AddTexts(request, kNewLeadFields, &object);
  }
  const ApiReply reply = CallApi(call, request);
  const std::string_view id = reply.is_done() ? reply.json["id"].text() : reply.json["existing"]["id"].text();
  std::vector<FormField> there = ListParameters(BackOf(request), /*with_lead=*/false);
  if (!id.empty()) there.push_back({"lead", std::string(id)});
  if (reply.is_done()) return BackTo(there, reply.done_value());
  PageRequest shown = request;
  shown.parameters = there;  // with the contact that has the address
  return LeadsPage(shown, RefusalOf(reply));
}

http::Response EditLead(const PageRequest& request) {
  const std::string_view action = request.Field("action");
  if (action == "update") return UpdateLead(request);
  if (action == "erase") return EraseLead(request);
  if (action == "remove-note") return RemoveNote(request);
  const Route* route = RouteOfAction(action);
  if (route == nullptr) return Refused(request, {http::kBadRequest, "There is no such action."});
  if (auto question = AskBeforeEnd(request)) return *std::move(question);
  ApiCall call = WriteCall(route->action, request);
  call.body = BodyOf(*route, request);
  const ApiReply reply = CallApi(call, request);
  // The API says `score`, which is another number on the page, or that the body is empty. The id can be wrong, too.
  if (action == "qualification" && reply.code == http::kUnprocessableContent &&
      reply.json["code"].text() == "invalid_value" && reply.json["field"].text() != "id")
    return Refused(request, {reply.code, kNoQualification});
  return Finish(reply, request, CanBeUndone(action, request) ? call.idempotency_key : "");
}

http::Response UndoChange(const PageRequest& request) {
  const ApiReply reply = CallApi({.action = "command.undo",
                                  .id = std::string(request.Field("command")),
                                  .idempotency_key = KeyOf(request),
                                  .prefer = std::string(kWait)},
                                 request);
  if (request.Field("place") != "pipeline") return Finish(reply, request);
  if (!reply.is_done()) return Message(reply.code, request, "Nothing was taken back", reply.sentence());
  return Redirect("/pipeline?" + QueryOf({{"done", std::string(reply.done_value())}}));
}

http::Response ChangeMany(const PageRequest& sent) {
  const PageRequest request = OfChoice(sent);
  const Route* route = RouteOfAction(request.Field("what"));
  if (route == nullptr) return Refused(request, {http::kBadRequest, "Choose what to change."});
  const bool is_all = request.Field("scope") == "all";
  if (!is_all && request.Fields("lead").empty()) {
    return Refused(request, {http::kUnprocessableContent, kChooseFirst});
  }
  const std::vector<FormField> back = BackOf(request);
  if (is_all && http::LastOf(back, "where").empty() && http::LastOf(back, "query").empty()) {
    return Refused(request, {http::kUnprocessableContent, kSearchFirst});
  }
  // An empty agent takes the agent away.
  if (request.Field("what") != "agent" && IsBlank(*route, request)) {
    return Refused(request, {http::kUnprocessableContent, kNothingTyped});
  }
  const bool is_trial = !request.Has("confirmed");
  ApiCall call{.action = "bulk.start", .body = BulkBody(*route, request, is_trial)};
  if (!is_trial) call.idempotency_key = KeyOf(request);
  const ApiReply reply = CallApi(call, request);
  if (!reply.is_done()) return Refused(request, RefusalOf(reply));
  if (!is_trial) return Redirect("/jobs");
  return ConfirmPage(*route, reply.json, request);
}

http::Response ExportLeads(const PageRequest& request) {
  const bool is_now = request.Has("now");
  ApiCall call{.action = "export.start"};
  if (!is_now) call.idempotency_key = KeyOf(request);  // the page stays after a download, and the next one has new rows
  {
    JsonObject object(&call.body);
    AddSearch(BackOf(request), &object);
    object.Texts("columns", ColumnsToExport(request));
    object.Text("format", request.Field("format"));
    object.Text("name", FileNameOf(request.Field("name")));
  }
  const ApiReply reply = CallApi(call, request);
  if (!reply.is_done()) return Refused(request, RefusalOf(reply));
  const std::string job(reply.json["id"].text());
  return Redirect(is_now && HasFileSoon(job, request) ? "/jobs/file?" + QueryOf({{"job", job}}) : "/jobs");
}

http::Response DownloadLead(const PageRequest& request) {
  return Download({.action = "contact.export", .id = std::string(request.Parameter("lead"))}, request);
}

http::Response SaveView(const PageRequest& request) {
  const std::vector<FormField> back = ListParameters(BackOf(request), /*with_lead=*/false);
  const std::string title(TrimAsciiSpace(request.Field("title")));
  const Status saved = request.parts->views->Save(
      request.user, {.title = title, .query = QueryOf(back), .is_shared = request.Has("shared")});
  if (saved.ok()) return BackTo(BackOf(request), "1");
  const bool is_wrong = saved.kind() == ErrorKind::kRejected;
  if (!is_wrong) LogFailure(saved);
  return Refused(request, {.code = is_wrong ? http::kUnprocessableContent : http::kUnavailable,
                           .problem = is_wrong ? saved.message() : "The view could not be saved; try again."});
}

http::Response RemoveView(const PageRequest& request) {
  const std::string_view text = request.Field("view_id");
  int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  const Status removed = request.parts->views->Remove(request.user, id);
  if (removed.ok()) return BackTo(BackOf(request), "1");
  LogFailure(removed);
  return Refused(request, {http::kUnavailable, "The view could not be removed; try again."});
}

}  // namespace leadpulse::serve
