// The pipeline board.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

using http::FormField;

constexpr std::string_view kCardsPerColumn = "20";
constexpr std::string_view kBestFirst = "-score";

// Returns the parameters by which a form comes back to this page of the board.
std::vector<FormField> PlaceIn(const std::vector<FormField>& fields) {
  return FieldsNamed(fields, {"column", "cursor"});
}

// Gets a later page of a column.
ApiReply PageOfColumn(std::string_view stage, const PageRequest& request) {
  return CallApi({.action = "contact.search",
                  .parameters = {{"where", Concat({"stage = \"", stage, "\""})},
                                 {"sort", std::string(kBestFirst)},
                                 {"limit", std::string(kCardsPerColumn)},
                                 {"cursor", std::string(request.Parameter("cursor"))}}},
                 request);
}

PageData ColumnOf(const Json& stage, const Json& page, bool is_later) {
  const std::string name(stage["stage"].text());
  PageData column;
  column["stage"] = name;
  column["label"] = LabelOf(name);
  column["count"] = GroupDigits(stage["count"].text());
  column["locked"] = stage["locked"].truth();
  column["query"] = StageQuery(name);
  column["cards"] = ListOf(page["contacts"].elements(), LeadCells);
  column["is_later"] = is_later;
  const std::string cursor(page["cursor"].text());
  if (!cursor.empty()) column["next_query"] = QueryOf({{"column", name}, {"cursor", cursor}});
  return column;
}

void AddColumns(const PageRequest& request, PageData* data, PageNotice* notice) {
  const ApiReply reply =
      CallApi({.action = "pipeline.get",
               .parameters = {{"sort", std::string(kBestFirst)}, {"limit", std::string(kCardsPerColumn)}}},
              request);
  if (!reply.is_done()) return NoteRefusal(reply, notice);
  ShowMissing(reply.json, data);
  PageList columns;
  for (const Json& stage : reply.json["stages"].elements()) {
    const std::string_view name = stage["stage"].text();
    if (name == StageName(Stage::kArchived)) {
      (*data)["archived"] = GroupDigits(stage["count"].text());
      (*data)["archived_query"] = StageQuery(name);
      continue;
    }
    if (name != request.Parameter("column")) {
      columns.push_back(ColumnOf(stage, stage, /*is_later=*/false));
      continue;
    }
    const ApiReply page = PageOfColumn(name, request);
    NoteRefusal(page, notice);
    columns.push_back(ColumnOf(stage, page.is_done() ? page.json : stage, page.is_done()));
  }
  (*data)["columns"] = columns;
}

http::Response BoardPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewPage(request, "Pipeline", "/pipeline");
  AddFormFields(request, QueryOf(PlaceIn(request.parameters)), &data);
  data["undo_place"] = "pipeline";
  AddColumns(request, &data, &notice);
  AddNotice(notice, &data);
  return Page(notice.code, "board", data);
}

// Asks before a contact gets to a final stage, which it cannot leave.
http::Response ConfirmPage(const PageRequest& request) {
  const ApiReply reply = CallApi({.action = "contact.get", .id = std::string(request.Field("lead"))}, request);
  if (!reply.is_done()) return BoardPage(request, RefusalOf(reply));
  PageData data = NewPage(request, "Move a lead", "/pipeline");
  data["name"] = NameOf(reply.json);
  data["stage_label"] = LabelOf(request.Field("stage"));
  data["form"] = "pipeline/move";
  data["place"] = "pipeline";
  data["back"] = TextData(request.Field("back"));
  PageList fields;
  for (const char* name : {"lead", "was", "stage", "key", "back"}) {
    fields.push_back(PageRow{{"field", name}, {"value", TextData(request.Field(name))}});
  }
  data["fields"] = fields;
  return Page(http::kOk, "confirm_move", data);
}

std::string MovedMeanwhile(const Json& contact) {
  return Concat({NameOf(contact), " is in “", LabelOf(contact["stage"].text()),
                 "” now: somebody else moved it meanwhile. Nothing was changed."});
}

// Moves the contact unless it has left the stage `was`. Sets `done` to ApiReply::done_value(), and `undo` to the
// command if it can be taken back.
PageNotice Move(const PageRequest& request, std::string_view* done, std::string* undo) {
  const std::string key = KeyOf(request);
  ApiCall call = WriteCall("contact.stage", request);
  call.body = BodyOfTexts({{"stage", request.Field("stage")}});
  // An opened mail or an edit of something else moves the version, too, and does not refuse the move.
  constexpr int kTries = 3;
  ApiReply reply;
  for (int i = 0; i < kTries; ++i) {
    const ApiReply now = CallApi({.action = "contact.get", .id = call.id}, request);
    if (!now.is_done()) return RefusalOf(now);
    const std::string_view stage = now.json["stage"].text(), version = now.json["version"].text();
    if (stage == request.Field("stage")) return {};
    if (stage != request.Field("was")) return {http::kConflict, MovedMeanwhile(now.json)};
    call.if_match = Concat({"\"", version, "\""});
    call.idempotency_key = Concat({key, "-", version});
    reply = CallApi(call, request);
    if (reply.code != http::kPreconditionFailed) break;
  }
  *done = reply.done_value();
  if (!IsFinalStage(request.Field("stage"))) *undo = call.idempotency_key;
  return reply.is_done() ? PageNotice() : RefusalOf(reply);
}

}  // namespace

http::Response ShowBoard(const PageRequest& request) { return BoardPage(request, {}); }

http::Response ShowCard(const PageRequest& request) {
  const ApiReply reply = CallApi({.action = "contact.get", .id = std::string(request.Parameter("lead"))}, request);
  if (!reply.is_done()) return {reply.code, reply.sentence()};
  PageData data = LeadCells(reply.json);
  AddFormFields(request, std::string(request.Parameter("back")), &data);
  return Part("board_card", data);
}

http::Response MoveCard(const PageRequest& request) {
  if (IsFinalStage(request.Field("stage")) && !request.Has("confirmed")) return ConfirmPage(request);
  std::string_view done = "1";
  std::string undo;
  const PageNotice notice = Move(request, &done, &undo);
  std::vector<FormField> place =
      PlaceIn(FieldsIn(request.Field("back"), kQueryType).value_or(std::vector<FormField>()));
  if (notice.problem.empty() && request.Has("part")) {
    PageData data = PageRow{
        {"undo", TextData(undo)}, {"undo_lead", std::string(request.Field("lead"))}, {"undo_place", "pipeline"}};
    AddFormFields(request, QueryOf(place), &data);
    return Part("undo_button", data);
  }
  if (notice.problem.empty()) {
    place.push_back({"done", std::string(done)});
    place.push_back({"undo", undo});
    return Redirect("/pipeline?" + QueryOf(place));
  }
  PageRequest shown = request;
  shown.parameters = std::move(place);
  return BoardPage(shown, notice);
}

}  // namespace leadpulse::serve
