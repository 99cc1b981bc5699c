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
#include "processor/serve/pages/shown_number.h"

namespace leadpulse::serve {
namespace {

using http::FormField;

constexpr std::string_view kCardsPerColumn = "20";
constexpr std::string_view kBestFirst = "-score";

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
MessageReply<v1::FoundLeads> PageOfColumn(std::string_view stage, std::string_view cursor, const PageRequest& request) {
  return AskApi<v1::FoundLeads>({.action = "contact.search",
                                 .parameters = {{"where", RuleOfColumn(stage, request)},
                                                {"sort", std::string(kBestFirst)},
                                                {"limit", std::string(kCardsPerColumn)},
                                                {"count", "exact"},
                                                {"fields", "stage_since"},
                                                {"cursor", std::string(cursor)}}},
                                request);
}

PageData CardOf(const v1::LeadRow& contact, const ShownTimes& times, const ShownNumbers& numbers) {
  PageData card = LeadCells(contact, numbers);
  AddStageSince(contact, times, numbers, &card);
  return card;
}

// Returns a column. `page` has its contacts and their number.
PageData ColumnOf(std::string_view stage, const v1::FoundLeads& page, bool is_later, const ShownTimes& times,
                  const PageRequest& request) {
  const std::string name(stage), filter(request.Parameter("where"));
  const ShownNumbers numbers = ShownNumbers::For(request);
  PageData column;
  column["stage"] = name;
  column["label"] = LabelOf(name);
  column["count"] = numbers.Of(page.count());
  column["locked"] = IsFinalStage(name);
  column["query"] = filter.empty() ? StageQuery(name) : QueryOf({{"where", RuleOfColumn(name, request)}});
  column["cards"] = ListOf(page.rows(), [&](const v1::LeadRow& contact) { return CardOf(contact, times, numbers); });
  column["is_later"] = is_later;
  column["first_query"] = QueryOf({{"where", filter}});
  if (!page.cursor().empty()) {
    column["next_query"] = QueryOf({{"where", filter}, {"column", name}, {"cursor", page.cursor()}});
  }
  return column;
}

// Returns the first page of a column as a search finds it.
v1::FoundLeads FirstPage(const v1::PipelineColumn& column) {
  v1::FoundLeads page;
  *page.mutable_rows() = column.rows();
  page.set_count(column.leads());
  page.set_cursor(column.cursor());
  return page;
}

// Returns the page of a column that is shown: a later one, or one of a filter, has a search of its own.
MessageReply<v1::FoundLeads> ShownPage(const v1::PipelineColumn& column, bool is_later, const PageRequest& request) {
  if (!is_later && request.Parameter("where").empty()) return {{http::kOk, {}}, FirstPage(column)};
  return PageOfColumn(column.stage(), is_later ? request.Parameter("cursor") : "", request);
}

void AddColumns(const PageRequest& request, PageData* data, PageNotice* notice) {
  const auto reply =
      AskApi<v1::Pipeline>({.action = "pipeline.get",
                            .parameters = {{"sort", std::string(kBestFirst)}, {"limit", std::string(kCardsPerColumn)}}},
                           request);
  if (!reply.is_done()) return NoteRefusal(reply, notice);
  ShowRunState(reply.message, data);
  const ShownTimes times = ShownTimes::For(request);
  PageList columns;
  for (const v1::PipelineColumn& stage : reply.message.columns()) {
    const std::string_view name = stage.stage();
    const bool is_later = name == request.Parameter("column") && !request.Parameter("cursor").empty();
    const auto page = ShownPage(stage, is_later, request);
    NoteRefusal(page, notice);
    if (!page.is_done() && !is_later) return;  // the filter is wrong
    PageData column =
        ColumnOf(name, page.is_done() ? page.message : FirstPage(stage), is_later && page.is_done(), times, request);
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
  const auto reply = AskForContact(request.Field("lead"), request);
  if (!reply.is_done()) return BoardPage(request, RefusalOf(reply));
  PageData data = NewPage(request, "Move a lead", "/pipeline");
  data["name"] = NameOf(reply.message.record().row());
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

std::string MovedMeanwhile(const v1::LeadRow& contact) {
  return Concat({NameOf(contact), " is in “", LabelOf(contact.lead().stage()),
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
    const auto now = AskForContact(call.id, request);
    if (!now.is_done()) return RefusalOf(now);
    const v1::LeadRow& contact = now.message.record().row();
    const std::string &stage = contact.lead().stage(), &version = contact.lead().version();
    if (stage == request.Field("stage")) return {};
    if (stage != request.Field("was")) return {http::kConflict, MovedMeanwhile(contact)};
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
  const auto reply = AskForContact(request.Parameter("lead"), request);
  if (!reply.is_done()) return {reply.code, reply.sentence()};
  PageData data = CardOf(reply.message.record().row(), ShownTimes::For(request), ShownNumbers::For(request));
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
