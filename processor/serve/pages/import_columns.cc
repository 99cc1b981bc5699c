#include "processor/serve/pages/import_columns.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/serve/pages/import_form.h"
#include "processor/serve/pages/page_answers.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kDateFormats = "date_formats", kNumberFormats = "number_formats";
constexpr auto kDateForms =
    std::to_array<std::string_view>({"DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "YYYY/MM/DD", "DD.MM.YY",
                                     "DD/MM/YY", "MM/DD/YY", "serial"});
constexpr auto kNumberForms = std::to_array<std::string_view>({"1,234.5", "1.234,5"});
constexpr auto kEncodings = std::to_array<std::string_view>(
    {"UTF-8", "windows-1252", "windows-1250", "windows-1251", "ISO-8859-15", "macintosh", "IBM850", "Shift_JIS"});
constexpr auto kDelimiters =
    std::to_array<ImportChoice>({{",", "Comma"}, {";", "Semicolon"}, {"tab", "Tab"}, {"|", "Vertical bar"}});
// What an unknown word of a column about mail may mean.
constexpr auto kWordMeanings = std::to_array<ImportChoice>({{"", "May get mail"},
                                                            {"unsubscribed", "Unsubscribed"},
                                                            {"bounced", "Bounced"},
                                                            {"complained", "Complained"},
                                                            {"blocklisted", "Do not contact"}});

// Returns the question about the column whose answer is `field`; null: there is none. An empty column is the file.
const Json* QuestionAbout(std::string_view field, std::string_view column, const Json& trial) {
  for (const Json* problem : ProblemsOf(trial)) {
    const Json& remedy = (*problem)["remedy"];
    const bool is_it = remedy["field"].text() == field && remedy["column"].text() == column;
    if (is_it && !remedy["choices"].elements().empty()) return &remedy;
  }
  return nullptr;
}

// Returns the form that was found for the column.
std::string_view FoundForm(std::string_view field, std::string_view column, const Json& trial) {
  for (const Json& finding : trial["findings"].elements()) {
    const Json& remedy = finding["remedy"];
    const bool is_it = remedy["field"].text() == field && remedy["column"].text() == column;
    if (is_it && !finding["offer"].truth()) return remedy["meaning"].text();
  }
  return {};
}

PageList ChoicesOf(const Json& question, std::string_view chosen) {
  PageList options = {OptionOf("", "Choose one", chosen.empty())};
  for (const Json& choice : question["choices"].elements()) {
    const std::string_view value = choice["value"].text(), sample = choice["sample"].text();
    options.push_back(
        OptionOf(value, Concat({value, sample.empty() ? "" : ": ", sample}), !chosen.empty() && value == chosen));
  }
  return options;
}

std::string AnswerAbout(std::string_view field, std::string_view column, const PageRequest& request) {
  std::string answer;
  for (ImportAnswer& each : AnswersOf(request)) {
    if (each.field == field && each.column == column) answer = std::move(each.value);
  }
  return answer;
}

// Adds the choice of how the cells of the column are written, if that matters.
void AddForm(std::string_view field, std::string_view label, std::span<const std::string_view> known, bool matters,
             const Json& column, const PageRequest& request, const Json& trial, PageList* forms) {
  const std::string_view name = column["name"].text();
  const Json* const question = QuestionAbout(field, name, trial);
  const std::string chosen = AnswerAbout(field, name, request);
  if (!matters && question == nullptr && chosen.empty()) return;
  PageList options;
  if (question != nullptr) {
    options = ChoicesOf(*question, chosen);
  } else {
    const std::string_view found = FoundForm(field, name, trial);
    options.push_back(OptionOf("", found.empty() || !chosen.empty() ? "As found" : found, chosen.empty()));
    const bool is_listed = chosen.empty() || std::ranges::find(known, chosen) != known.end();
    if (!is_listed) options.push_back(OptionOf(chosen, chosen, true));
    for (const std::string_view form : known) {
      if (form != found || !chosen.empty()) options.push_back(OptionOf(form, form, form == chosen));
    }
  }
  forms->push_back(PageRow{{"field", std::string(field)},
                           {"column", std::string(name)},
                           {"label", std::string(label)},
                           {"is_open", question != nullptr && chosen.empty()},
                           {"options", std::move(options)}});
}

PageList FormsOf(const Json& column, const PageRequest& request, const Json& trial) {
  const std::string_view type = column["type"].text();
  PageList forms;
  const bool holds_dates = type == "day" || type == "date" || column["meaning"].text() == "time";
  AddForm(kDateFormats, "Dates are written", kDateForms, holds_dates, column, request, trial, &forms);
  AddForm(kNumberFormats, "Numbers are written", kNumberForms, type == "number", column, request, trial, &forms);
  return forms;
}

// Returns the words of the column about mail that are not known, and those that the user has said something about.
PageList WordsOfColumn(std::string_view column, const PageRequest& request, const Json& trial) {
  std::vector<WordMeaning> words;
  for (WordMeaning& word : WordsOf(request)) {
    if (word.column == column) words.push_back(std::move(word));
  }
  for (const Json& doubt : trial["preview"]["doubts"].elements()) {
    const std::string_view theirs = doubt["word"].text();
    if (doubt["column"].text() != column || theirs.empty()) continue;
    if (std::ranges::find(words, theirs, &WordMeaning::theirs) == words.end()) {
      words.push_back({std::string(column), std::string(theirs), ""});
    }
  }
  PageList rows;
  for (const WordMeaning& word : words) {
    rows.push_back(PageRow{{"column", word.column},
                           {"theirs", word.theirs},
                           {"options", ListOf(kWordMeanings, [&word](const ImportChoice& each) {
                              return OptionOf(each.value, each.label, each.value == word.ours);
                            })}});
  }
  return rows;
}

// Returns the groups of meanings of a column: what Leadpulse has, what the definitions declare, a new field.
PageList GroupsOf(std::string_view meaning, std::string_view guess, std::string_view kind, const Json& fields) {
  PageList lead, declared, other;
  bool is_listed = meaning.empty();
  const auto add = [&](std::string_view value, std::string_view label, PageList* group) {
    group->push_back(OptionOf(value, label, value == meaning));
    is_listed = is_listed || value == meaning;
  };
  const auto is_known = [&](std::string_view name) {
    return std::ranges::find(MeaningsOf(kind), name, &ImportChoice::value) != MeaningsOf(kind).end() ||
           std::ranges::any_of(fields["fields"].elements(),
                               [name](const Json& field) { return field["name"].text() == name; });
  };
  if (guess == kWhoGetsNoMail) add(kWhoGetsNoMail, "Who gets no mail", &lead);
  for (const ImportChoice& each : MeaningsOf(kind)) add(each.value, each.label, &lead);
  for (const Json& field : fields["fields"].elements()) {
    const std::string_view name = field["name"].text();
    const bool is_ours = std::ranges::find(MeaningsOf(kind), name, &ImportChoice::value) != MeaningsOf(kind).end();
    if (kind == kContacts && !is_ours) add(name, LabelOf(name), &declared);
  }
  if (!guess.empty() && guess != kWhoGetsNoMail && !is_known(guess)) add(guess, guess, &other);
  if (!is_listed) add(meaning, meaning, &other);
  add(kNewField, "Another name…", &other);
  PageList groups = {PageRow{{"label", kind == kContacts ? "Of each lead" : "Of each row"}, {"options", lead}}};
  if (!declared.empty()) groups.push_back(PageRow{{"label", "Your fields"}, {"options", declared}});
  groups.push_back(PageRow{{"label", "New field"}, {"options", other}});
  return groups;
}

// Returns what people should know of the column beside its meaning: nothing of one that is what its name says.
std::string RemarkOn(std::string_view is) {
  if (is == "the address") return {};
  if (!is.starts_with("attribute ")) return std::string(is);
  const size_t more = is.find("; ");
  return more == std::string_view::npos ? std::string() : Capitalized(std::string(is.substr(more + 2)));
}

// Returns what was found about the column, or about the file (an empty column), and what may be meant otherwise.
PageList NotesOf(std::string_view column, const Json& trial) {
  PageList notes;
  for (const Json& finding : trial["findings"].elements()) {
    if (finding["column"].text() != column) continue;
    const Json& remedy = finding["remedy"];
    const bool is_offer = finding["offer"].truth(), is_map = is_offer && remedy["field"].text() == "map";
    const std::string_view meaning = remedy["meaning"].text();
    std::string note = Capitalized(std::string(finding["what"].text()));
    if (is_map && meaning.empty()) note += "; choose Ignore if it is about something else";
    if (is_map && !meaning.empty()) note += Concat({"; otherwise choose ", MeaningLabel(meaning)});
    notes.push_back(PageRow{{"note", note}, {"is_offer", is_offer}});
  }
  return notes;
}

}  // namespace

std::string InWordsOfThePage(const Json& problem) {
  const std::string_view word = problem["word"].text();
  if (!word.empty()) {
    return Concat(
        {problem["column"].text(), ": “", word, "” may mean no mail. Choose beside the column what it means"});
  }
  const std::string_view field = problem["field"].text(), remedy = problem["remedy"]["field"].text();
  std::string sentence(problem["cause"].text());
  if (!field.empty()) sentence = Concat({LabelOf(field), ": ", sentence});
  if (!problem["remedy"]["choices"].elements().empty()) return sentence + ". Choose one below";
  if (remedy == "date_format") sentence += ". Choose beside the column how dates are written";
  if (remedy == "number_format") sentence += ". Choose beside the column how numbers are written";
  if (remedy == "timezone") sentence += ". Set it under More options";
  if (remedy == "values") sentence += ". Choose beside the column what it means";
  if (remedy != "map") return sentence;
  if (problem["remedy"]["column"].text() == kOtherColumns) {
    return sentence + ". Declare them under Settings, or choose below to leave them out.";
  }
  const std::string_view meaning = problem["remedy"]["meaning"].text();
  if (meaning.empty()) return sentence + ". Choose Ignore for the column to leave out.";
  return Concat({sentence, ". Choose ", MeaningLabel(meaning), " for the column that has it."});
}

std::vector<const Json*> ProblemsOf(const Json& trial) {
  std::vector<const Json*> problems = {&trial};
  for (const Json& other : trial["others"].elements()) problems.push_back(&other);
  return problems;
}

void AddFile(const PageRequest& request, const Json& trial, PageData* data) {
  const std::string_view encoding = trial["encoding"].text(), typed = request.Field("encoding");
  PageList encodings;
  if (const Json* question = QuestionAbout("encoding", "", trial)) {
    encodings = ChoicesOf(*question, typed);
    (*data)["asks_encoding"] = true;
  } else {
    encodings.push_back(OptionOf("", typed.empty() ? encoding : "As found", typed.empty()));
    const bool is_listed = typed.empty() || std::ranges::find(kEncodings, typed) != kEncodings.end();
    if (!is_listed) encodings.push_back(OptionOf(typed, typed, true));
    for (const std::string_view each : kEncodings) {
      if (each != encoding || !typed.empty()) encodings.push_back(OptionOf(each, each, each == typed));
    }
  }
  (*data)["encodings"] = encodings;
  const std::string_view found = trial["delimiter"].text() == "\t" ? "tab" : trial["delimiter"].text();
  const std::string_view delimiter = request.Field("delimiter");
  const bool asks = QuestionAbout("delimiter", "", trial) != nullptr;
  PageList delimiters;
  if (asks) delimiters.push_back(OptionOf("", "Choose one", delimiter.empty()));
  for (const ImportChoice& each : kDelimiters) {
    const bool is_found = each.value == found && delimiter.empty() && !asks;
    delimiters.push_back(OptionOf(is_found ? "" : each.value, each.label, is_found || each.value == delimiter));
  }
  (*data)["delimiters"] = delimiters;
  (*data)["asks_delimiter"] = asks;
  (*data)["header_row"] = TextData(trial["headerRow"].text());
  (*data)["file_encoding"] = TextData(encoding);
  (*data)["encoding_reason"] = TextData(trial["encodingReason"].text());
  AddList("file_notes", NotesOf("", trial), data);
}

void AddColumns(const PageRequest& request, const Json& shown, const Json& trial, const Json& fields, PageData* data) {
  const std::vector<std::string> was = request.Fields("was"), typed = MeaningsIn(request);
  PageList columns;
  for (size_t i = 0; i < shown["columns"].elements().size(); ++i) {
    const Json& column = shown["columns"].elements()[i];
    const std::string_view name = column["name"].text();
    const bool only_stops_mail = column["meaning"].text().empty() && column["saysWhoGetsNoMail"].truth();
    const std::string found(only_stops_mail ? kWhoGetsNoMail : column["meaning"].text()),
        guess = i < was.size() ? was[i] : found, meaning = i < typed.size() ? typed[i] : guess;
    PageData row = PageRow{{"column", std::string(name)},
                           {"is", TextData(meaning == kWhoGetsNoMail ? "" : RemarkOn(column["is"].text()))},
                           {"was", guess},
                           {"is_ignored", meaning.empty()},
                           {"groups", GroupsOf(meaning, guess, KindOf(request), fields)}};
    AddList("samples",
            ListOf(column["samples"].elements(),
                   [](const Json& each) {
                     return PageRow{{"sample", std::string(each.text())}};
                   }),
            &row);
    AddList("notes", NotesOf(name, trial), &row);
    AddList("forms", FormsOf(column, request, trial), &row);
    AddList("words", WordsOfColumn(name, request, trial), &row);
    columns.push_back(std::move(row));
  }
  (*data)["columns"] = columns;
}

void AddQuestions(const PageRequest& request, const Json& trial, PageData* data) {
  // Questions about a column stand beside it.
  const auto is_of_column = [&trial](std::string_view column) {
    return !column.empty() && std::ranges::any_of(trial["columns"].elements(),
                                                  [column](const Json& each) { return each["name"].text() == column; });
  };
  PageList questions, answers;
  for (const Json* problem : ProblemsOf(trial)) {
    const Json& remedy = (*problem)["remedy"];
    const std::string_view field = remedy["field"].text(), column = remedy["column"].text();
    const bool has_place = field == "encoding" || field == "delimiter" || is_of_column(column);
    if (has_place || remedy["choices"].elements().empty()) continue;
    questions.push_back(PageRow{{"label", column.empty() ? LabelOf(field) : std::string(column)},
                                {"field", TextData(field)},
                                {"column", TextData(column)},
                                {"options", ChoicesOf(remedy, "")}});
  }
  for (const ImportAnswer& each : AnswersOf(request)) {
    if (is_of_column(each.column)) continue;
    answers.push_back(PageRow{{"field", each.field}, {"column", each.column}, {"value", each.value}});
  }
  AddList("questions", questions, data);
  AddList("answers", answers, data);
}

void AddFirstRows(const Json& trial, const Json& fields, const ShownNumbers& numbers, PageData* data) {
  const auto& columns = trial["columns"].elements();
  std::set<std::string_view> declared;  // as numbers
  for (const Json& field : fields["fields"].elements()) {
    if (field["type"].text() == FieldTypeName(FieldType::kNumber)) declared.insert(field["name"].text());
  }
  const auto is_number = [&](size_t i) { return declared.contains(columns[i]["meaning"].text()); };
  const auto is_shown = [&columns](size_t i) {
    return i < columns.size() && (!columns[i]["meaning"].text().empty() || columns[i]["saysWhoGetsNoMail"].truth());
  };
  PageList heads, rows;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string_view meaning = columns[i]["meaning"].text();
    const std::string_view label = MeaningLabel(meaning);
    if (!is_shown(i)) continue;
    heads.push_back(PageRow{{"head", meaning.empty()    ? std::string(columns[i]["name"].text())
                                     : label == meaning ? LabelOf(meaning)
                                                        : std::string(label)},
                            {"is_number", is_number(i)}});
  }
  for (const Json& row : trial["preview"]["firstRows"].elements()) {
    PageData shown = PageRow{{"line", std::string(row["line"].text())},
                             {"effect", std::string(row["effect"].text())},
                             {"effect_label", LabelOf(row["effect"].text())},
                             {"problem", TextData(row["problem"].text())}};
    PageList cells, says;
    for (size_t i = 0; i < row["cells"].elements().size(); ++i) {
      if (!is_shown(i)) continue;
      const std::string_view cell = row["cells"].elements()[i].text();
      const bool is_read = is_number(i) && row["problem"].text().empty();  // a wrong row is as in the file
      cells.push_back(PageRow{{"cell", is_read ? numbers.Of(cell) : std::string(cell)}, {"is_number", is_number(i)}});
    }
    for (const auto& [member, label] :
         {std::pair("optedOut", "Opted out"), std::pair("bounced", "Bounced"), std::pair("complained", "Complained"),
          std::pair("doNotContact", "Do not contact")}) {
      if (row[member].truth()) says.push_back(PageRow{{"says", std::string(label)}});
    }
    shown["cells"] = cells;
    shown["says_list"] = says;
    rows.push_back(std::move(shown));
  }
  (*data)["heads"] = heads;
  AddList("first_rows", rows, data);
}

}  // namespace leadpulse::serve
