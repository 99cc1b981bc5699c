// The pipeline board.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/filter_rule.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_filter.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_frame.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

using http::FormField;

constexpr std::string_view kCardsPerColumn = "20";
constexpr std::string_view kBestFirst = "-score";
// What cards show of a contact; a search returns `stage_since` only if it is asked for it.
constexpr std::string_view kCardFields = "id,lead_id,email,profile,stage,email_status,score,tier,agent,stage_since";

// Returns the parameters by which a form comes back to this page of the board.
std::vector<FormField> PlaceIn(const std::vector<FormField>& fields) {
  return FieldsNamed(fields, {"where", "column", "cursor"});
}

// Returns the rule of a column: its stage, as the API writes it so that its cursors fit, and the filter.
std::string RuleOfColumn(std::string_view stage, const PageRequest& request) {
  const std::string filter(TrimAsciiSpace(request.Parameter("where")));
  return JoinParts({Concat({"stage = ", rules::QuoteString(stage)}), filter.empty() ? "" : Concat({"(", filter, ")"})});
}

// Gets a page of a column: the first one, or that of the cursor.
ApiReply PageOfColumn(std::string_view stage, std::string_view cursor, const PageRequest& request) {
  return CallApi({.action = "contact.search",
                  .parameters = {{"where", RuleOfColumn(stage, request)},
                                 {"sort", std::string(kBestFirst)},
                                 {"limit", std::string(kCardsPerColumn)},
                                 {"count", "exact"},
                                 {"fields", std::string(kCardFields)},
                                 {"cursor", std::string(cursor)}}},
                 request);
}

PageData CardOf(const Json& contact, const ShownTimes& times) {
  PageData card = LeadCells(contact);
  AddStageSince(contact, times, &card);
  return card;
}

// Returns a column. `page` has its contacts and their number.
PageData ColumnOf(std::string_view stage, const Json& page, bool is_later, const ShownTimes& times,
                  const PageRequest& request) {
  const std::string name(stage), filter(request.Parameter("where"));
  PageData column;
  column["stage"] = name;
  column["label"] = LabelOf(name);
  column["count"] = GroupDigits(page["count"].text());
  column["locked"] = IsFinalStage(name);
  column["query"] = filter.empty() ? StageQuery(name) : QueryOf({{"where", RuleOfColumn(name, request)}});
  column["cards"] =
      ListOf(page["contacts"].elements(), [&times](const Json& contact) { return CardOf(contact, times); });
  column["is_later"] = is_later;
  column["first_query"] = QueryOf({{"where", filter}});
  const std::string cursor(page["cursor"].text());
  if (!cursor.empty()) column["next_query"] = QueryOf({{"where", filter}, {"column", name}, {"cursor", cursor}});
  return column;
}

// Returns the page of a column that is shown: a later one, or one of a filter, has a search of its own.
ApiReply ShownPage(const Json& stage, bool is_later, const PageRequest& request) {
  if (!is_later && request.Parameter("where").empty()) return {http::kOk, stage};
  return PageOfColumn(stage["stage"].text(), is_later ? request.Parameter("cursor") : "", request);
}

void AddColumns(const PageRequest& request, PageData* data, PageNotice* notice) {
  const ApiReply reply =
      CallApi({.action = "pipeline.get",
               .parameters = {{"sort", std::string(kBestFirst)}, {"limit", std::string(kCardsPerColumn)}}},
              request);
  if (!reply.is_done()) return NoteRefusal(reply, notice);
  ShowMissing(reply.json, data);
  const ShownTimes times = ShownTimes::For(request);
  PageList columns;
  for (const Json& stage : reply.json["stages"].elements()) {
    const std::string_view name = stage["stage"].text();
    const bool is_later = name == request.Parameter("column") && !request.Parameter("cursor").empty();
    const ApiReply page = ShownPage(stage, is_later, request);
    NoteRefusal(page, notice);
    if (!page.is_done() && !is_later) return;  // the filter is wrong
    PageData column = ColumnOf(name, page.is_done() ? page.json : stage, is_later && page.is_done(), times, request);
    if (name == StageName(Stage::kArchived)) {
      (*data)["archived"] = PageData(*column.get("count"));
      (*data)["archived_query"] = PageData(*column.get("query"));
      if (!ShowsArchived(request)) continue;
      column["is_archived"] = true;
    }
    columns.push_back(std::move(column));
  }
  (*data)["columns"] = columns;
  (*data)["is_archived_folded"] = !ShowsArchived(request);
}

// Sets the filter above the board, and `mine_query`, which finds the user's own leads.
void AddBoardFilter(const PageRequest& request, PageData* data) {
  const std::string rule(request.Parameter("where"));
  AddFilter(rule, {"pipeline"}, request, data);
  (*data)["rule"] = TextData(rule);
  (*data)["is_filtered"] = !rule.empty();
  if (request.user.agent_id.empty()) return;
  const std::string mine = Concat({"agent IS ", rules::QuoteString(request.user.agent_id)});
  (*data)["mine_query"] = QueryOf({{"where", mine}});
  (*data)["is_mine"] = rule == mine;
}

http::Response BoardPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewPage(request, "Pipeline", "/pipeline");
  AddFormFields(request, QueryOf(PlaceIn(request.parameters)), &data);
  data["undo_place"] = "pipeline";
  AddColumns(request, &data, &notice);
  AddBoardFilter(request, &data);
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
  PageData data = CardOf(reply.json, ShownTimes::For(request));
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
  if (notice.problem.empty() && WantsUndo(request)) return UndoPart(request, undo, "pipeline", QueryOf(place));
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
