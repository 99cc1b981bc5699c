#include "processor/serve/pages/import_form.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

constexpr auto kKinds = std::to_array<ImportChoice>({{kContacts, "Leads"},
                                                     {"unsubscribe", "People who unsubscribed elsewhere"},
                                                     {"bounce", "People whose mail bounced elsewhere"},
                                                     {"complaint", "People who complained elsewhere"},
                                                     {"events", "A log of opens, clicks and other events"}});
constexpr auto kMeaningsOfContacts = std::to_array<ImportChoice>({{"email", "E-mail address"},
                                                                  {"first_name", "First name"},
                                                                  {"last_name", "Last name"},
                                                                  {"phone", "Phone"},
                                                                  {"company_name", "Company"},
                                                                  {"agent", "Owner"},
                                                                  {"stage", "Stage"},
                                                                  {"tags", "Tags"},
                                                                  {"lists", "Lists"},
                                                                  {"campaigns", "Campaigns"},
                                                                  {"do_not_contact", "Do not contact"},
                                                                  {"subscribed", "Who wants mail"},
                                                                  {"add_note", "Note"},
                                                                  {"lead_id", "Id of the lead"},
                                                                  {"json_members", "Fields in JSON"}});
constexpr auto kMeaningsOfOptOuts = std::to_array<ImportChoice>(
    {{"email", "E-mail address"}, {"lead_id", "Id of the lead"}, {"time", "Time"}, {"topic", "Topic"}});
constexpr auto kMeaningsOfEvents = std::to_array<ImportChoice>({{"email", "E-mail address"},
                                                                {"lead_id", "Id of the lead"},
                                                                {"type", "Type of event"},
                                                                {"time", "Time"},
                                                                {"campaign", "Campaign"},
                                                                {"message", "Message"},
                                                                {"link", "Link"},
                                                                {"name", "Name"},
                                                                {"event_id", "Id of the event"},
                                                                {"bounce", "Kind of bounce"},
                                                                {"machine", "By a machine"},
                                                                {"user_agent", "User agent"},
                                                                {"topic", "Topic"}});
constexpr auto kRowsOf = std::to_array<ImportChoice>({{"", "all leads"},
                                                      {"update_only", "only leads that are there already"},
                                                      {"create_only", "only leads that are not there yet"}});

// Names the columns whose meaning the user changed. With such a column, all that share its name are named, because each
// option takes the next of them.
void AddMap(const PageRequest& request, JsonObject* body) {
  const std::vector<std::string> columns = request.Fields("column"), was = request.Fields("was"),
                                 meanings = MeaningsIn(request);
  const size_t count = std::min({columns.size(), was.size(), meanings.size()});
  std::set<std::string_view> changed;
  for (size_t i = 0; i < count; ++i) {
    if (meanings[i] != was[i]) changed.insert(columns[i]);
  }
  JsonObject map(body->Key("map"));
  for (size_t i = 0; i < count; ++i) {
    if (changed.contains(columns[i]) && meanings[i] != kWhoGetsNoMail) map.Text(columns[i], meanings[i]);
  }
  if (request.Has("declared_only")) map.Text(kOtherColumns, "");
}

void AddMembersOfContacts(const PageRequest& request, JsonObject* body) {
  for (const char* name : {"tags", "lists", "campaigns"}) {
    const auto values = SplitTexts(request.Fields(name));
    if (!values.empty()) body->Texts(name, values);
  }
  const std::string purpose(TrimAsciiSpace(request.Field("purpose"))), column(request.Field("consent_column"));
  if (!purpose.empty() && !column.empty()) {
    JsonObject consents(body->Key("consents"));
    consents.Text(purpose, column);
  }
  if (request.Has("empty_unsets")) body->Boolean("empty_unsets", true);
  const auto rows_of = std::ranges::find(kRowsOf, request.Field("rows_of"), &ImportChoice::value);
  if (rows_of != kRowsOf.end() && !rows_of->value.empty()) body->Boolean(rows_of->value, true);
}

// Adds the answers, but for members that the user has typed.
void AddAnswers(const PageRequest& request, JsonObject* body) {
  const std::vector<ImportAnswer> answers = AnswersOf(request);
  for (const char* field : {"date_formats", "number_formats"}) {
    std::map<std::string_view, std::string_view> form_of;  // the last answer about a column counts
    for (const ImportAnswer& answer : answers) {
      if (answer.field == field) form_of[answer.column] = answer.value;
    }
    JsonObject forms(body->Key(field));
    for (const auto& [column, form] : form_of) forms.Text(column, form);
  }
  for (const char* field : {"date_format", "number_format"}) {
    const auto answer = std::ranges::find(answers, field, &ImportAnswer::field);
    const bool is_typed = !TrimAsciiSpace(request.Field(field)).empty();
    if (answer != answers.end() && !is_typed) body->Text(field, answer->value);
  }
}

void AddWords(const PageRequest& request, JsonObject* body) {
  std::map<std::string, std::map<std::string, std::string>> words;
  for (WordMeaning& word : WordsOf(request)) {
    if (!word.ours.empty())
      words[std::move(word.column)].insert_or_assign(std::move(word.theirs), std::move(word.ours));
  }
  if (words.empty()) return;
  JsonObject values(body->Key("values"));
  for (const auto& [column, meanings] : words) {
    JsonObject of_column(values.Key(column));
    for (const auto& [theirs, ours] : meanings) of_column.Text(theirs, ours);
  }
}

void AddHeaderRow(const PageRequest& request, JsonObject* body) {
  const std::string_view typed = TrimAsciiSpace(request.Field("header_row"));
  if (const auto line = ReadTypedInteger(typed); line.ok()) {
    body->Number("header_row", *line);
  } else if (!typed.empty()) {
    body->Text("header_row", typed);
  }
}

}  // namespace

std::span<const ImportChoice> ImportKinds() { return kKinds; }

std::span<const ImportChoice> MeaningsOf(std::string_view kind) {
  if (kind == kContacts) return kMeaningsOfContacts;
  if (kind == "events") return kMeaningsOfEvents;
  return kMeaningsOfOptOuts;
}

std::string_view MeaningLabel(std::string_view meaning) {
  for (const std::span<const ImportChoice> choices : {MeaningsOf(kContacts), MeaningsOf("events")}) {
    const auto known = std::ranges::find(choices, meaning, &ImportChoice::value);
    if (known != choices.end()) return known->label;
  }
  return meaning;
}

std::span<const ImportChoice> RowsChoices() { return kRowsOf; }

std::string_view KindOf(const PageRequest& request) {
  if (request.Has("kind")) return request.Field("kind");
  return request.Parameter("kind").empty() ? kContacts : request.Parameter("kind");
}

std::vector<std::string> MeaningsIn(const PageRequest& request) {
  std::vector<std::string> meanings = request.Fields("meaning");
  const std::vector<std::string> names = request.Fields("new_name");
  for (size_t i = 0; i < meanings.size(); ++i) {
    if (meanings[i] == kNewField) meanings[i] = i < names.size() ? names[i] : "";
    meanings[i] = TrimAsciiSpace(meanings[i]);
  }
  return meanings;
}

std::vector<ImportAnswer> AnswersOf(const PageRequest& request) {
  const std::vector<std::string> fields = request.Fields("answer_field"), columns = request.Fields("answer_column"),
                                 values = request.Fields("answer_value");
  std::vector<ImportAnswer> answers;
  for (size_t i = 0; i < std::min({fields.size(), columns.size(), values.size()}); ++i) {
    if (!values[i].empty()) answers.push_back({fields[i], columns[i], values[i]});
  }
  return answers;
}

std::vector<WordMeaning> WordsOf(const PageRequest& request) {
  const std::vector<std::string> columns = request.Fields("word_column"), theirs = request.Fields("word_theirs"),
                                 ours = request.Fields("word_meaning");
  std::vector<WordMeaning> words;
  for (size_t i = 0; i < std::min({columns.size(), theirs.size(), ours.size()}); ++i) {
    words.push_back({columns[i], theirs[i], ours[i]});
  }
  return words;
}

std::string RunBody(const PageRequest& request, bool is_trial) {
  std::string text;
  JsonObject body(&text);
  AddMap(request, &body);
  if (KindOf(request) == kContacts) {
    AddMembersOfContacts(request, &body);
  } else {
    body.Text("kind", KindOf(request));
  }
  AddTexts(request, {{"date_format", "number_format", "delimiter", "encoding", "timezone"}}, &body);
  AddAnswers(request, &body);
  AddWords(request, &body);
  AddHeaderRow(request, &body);
  if (const auto words = SplitTexts(request.Fields("empty_words")); !words.empty()) body.Texts("empty_words", words);
  if (is_trial) body.Boolean("dry_run", true);
  body.End();
  return text;
}

}  // namespace leadpulse::serve
