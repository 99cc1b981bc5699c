// Files of people in all dialects, encodings and forms of numbers and days. Each is read right or asked about, and
// never read wrong; after the answer it is read right.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/csv/utf8_input.h"
#include "processor/importing/importer.h"
#include "schemas/codec/records.h"

namespace leadpulse::importing::import_forms_property_test {

using rc::gen::element;

int64_t Random(int64_t low, int64_t high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }
bool Chance(int percent) { return Random(0, 100) < percent; }

// How a program or a country writes numbers.
struct NumberStyle {
  NumberForm form;
  std::string group;        // between three digits; empty: nothing
  std::string front, back;  // currency or percent
  int decimals;             // digits behind the mark
};

NumberStyle RandomNumberStyle() {
  const NumberForm form = *element(NumberForm::kPoint, NumberForm::kComma);
  const std::string mark = form == NumberForm::kPoint ? "," : ".";
  NumberStyle style{form, *element<std::string>("", mark, " ", "\u00a0", "\u202f", "\u2009", "'", "\u2019"), "", "", 0};
  style.decimals = static_cast<int>(Random(0, 5));
  const auto unit = *element<std::string>("", "", "$", "\u20ac", "EUR ", "CHF ", "%");
  if (unit == "%" || Chance(50)) {
    style.back = unit.empty() ? "" : " " + std::string(TrimAsciiSpace(unit));
  } else {
    style.front = unit;
  }
  return style;
}

// A number without noughts at the end, and as the style writes it.
struct Amount {
  std::string plain, written;
};

Amount RandomAmount(const NumberStyle& style) {
  const std::string whole = std::to_string(Chance(50) ? Random(0, 2'000) : Random(0, 50'000'000));
  std::string grouped;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) grouped += style.group;
    grouped += whole[i];
  }
  std::string decimals;
  for (int i = 0; i < style.decimals; ++i) decimals += static_cast<char>('0' + Random(0, 10));
  const bool is_negative = Chance(10) && whole != "0";
  const std::string sign = is_negative ? "-" : "";
  const std::string mark = style.form == NumberForm::kPoint ? "." : ",";
  const std::string point = decimals.empty() ? "" : "." + decimals;
  return {Number::ParseJson(sign + whole + point)->Plain(),
          Concat({sign, style.front, grouped, decimals.empty() ? "" : mark, decimals, style.back})};
}

// How days are written, as an option names it; "" for forms that need none.
const std::vector<std::string> kDayForms = {"",           "",           "DD.MM.YYYY", "DD/MM/YYYY",
                                            "MM/DD/YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "YYYY/MM/DD",
                                            "DD.MM.YY",   "DD/MM/YY",   "MM/DD/YY",   "serial"};

std::string WrittenDay(Day day, const std::string& form, bool pads, int kind) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const YearMonthDay date = ToYearMonthDay(day);
  const auto two = [pads](int32_t number) { return (pads && number < 10 ? "0" : "") + std::to_string(number); };
  if (form.empty()) {
    const std::string month = kMonths[date.month - 1], year = std::to_string(date.year);
    if (kind == 0) return FormatDay(day);
    if (kind == 1) return two(date.day) + "-" + month + "-" + year;
    return month + " " + two(date.day) + ", " + year;
  }
  if (form == "serial") return std::to_string(day - FromYearMonthDay({1899, 12, 30}));
  std::string text;
  for (size_t i = 0; i < form.size();) {
    const size_t end = form.find_first_not_of(form[i], i);
    const size_t size = std::min(end, form.size()) - i;
    if (form[i] == 'D') text += two(date.day);
    if (form[i] == 'M') text += two(date.month);
    if (form[i] == 'Y') text += std::to_string(date.year).substr(4 - size);
    if (std::string_view("./-").find(form[i]) != std::string_view::npos) text += form[i];
    i += size;
  }
  return text;
}

struct Person {
  std::string address;
  Amount amount;  // both empty: the cell is empty
  std::string day, written_day;
  bool is_vip = false;
};

// A file, and what it says.
struct File {
  std::string text;
  std::string encoding;
  std::string name;  // of all people
  std::string day_form;
  NumberStyle numbers;
  std::vector<Person> people;
};

// Encodings that files have, and what stands before their text.
struct FileEncoding {
  const char *name, *mark;
};
constexpr FileEncoding kEncodings[] = {{"UTF-8", ""},
                                       {"UTF-8", "\xEF\xBB\xBF"},
                                       {"UTF-16LE", "\xFF\xFE"},
                                       {"UTF-16BE", "\xFE\xFF"},
                                       {"windows-1250", ""},
                                       {"windows-1251", ""},
                                       {"windows-1252", ""},
                                       {"ISO-8859-15", ""},
                                       {"Shift_JIS", ""},
                                       {"GBK", ""}};

// Returns the text in that encoding; nullopt if it lacks one of the characters.
std::optional<std::string> InEncoding(const std::string& utf8, const FileEncoding& encoding) {
  UErrorCode error = U_ZERO_ERROR;
  UConverter* const converter = ucnv_open(encoding.name, &error);
  ucnv_setFromUCallBack(converter, UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  ucnv_setFallback(converter, false);
  const auto text = icu::UnicodeString::fromUTF8(utf8);
  std::string bytes(static_cast<size_t>(text.length()) * 4 + 8, '\0');
  const int32_t size = ucnv_fromUChars(converter, bytes.data(), static_cast<int32_t>(bytes.size()), text.getBuffer(),
                                       text.length(), &error);
  ucnv_close(converter);
  if (U_FAILURE(error)) return std::nullopt;
  return encoding.mark + bytes.substr(0, static_cast<size_t>(size));
}

File RandomFile() {
  File file;
  const char delimiter = *element(',', ';', '\t', '|');
  file.numbers = RandomNumberStyle();
  file.day_form = kDayForms[static_cast<size_t>(Random(0, static_cast<int64_t>(kDayForms.size())))];
  const auto address_name =
      *element<std::string>("Email", "E-mail 1 - Value", "Email (required)", "Adresse e-mail", "lead-mail",
                            "Correo electr\u00f3nico", "\u30e1\u30fc\u30eb\u30a2\u30c9\u30ec\u30b9", "Kontakt");
  const auto word = *element<std::string>("", "N/A", "-", "null", "None", "#N/A");
  const auto name =
      *element<std::string>("M\u00fcller, Ann", "\u0141ukasz", "\u0418\u0432\u0430\u043d", "\u5c71\u7530", "Ann, B.");
  file.name = name;
  const bool pads = Chance(70);
  const int kind = static_cast<int>(Random(0, 3));
  std::string text;
  const int64_t titles = Chance(60) ? 0 : Random(1, 5);
  for (int64_t i = 0; i < titles; ++i) {
    text += *element<std::string>("Contacts", "Exported by Ann", "\"All leads, 2026\"", "", "Page 1 of 1") + "\r\n";
  }
  // What people write for yes and no.
  const auto [yes, no] = *element<std::pair<const char*, const char*>>(
      std::pair("yes", "no"), std::pair("TRUE", "FALSE"), std::pair("1", "0"), std::pair("ja", "nein"),
      std::pair("WAHR", "FALSCH"), std::pair("Oui", "Non"), std::pair("s\u00ed", "no"), std::pair("x", ""));
  csv::AppendRow({"Name", address_name, "Value", "Since", "VIP"}, delimiter, &text);
  const int64_t rows = Chance(50) ? Random(1, 5) : Random(5, 60);
  for (int64_t i = 0; i < rows; ++i) {
    Person person{Concat({"p", std::to_string(i), "@x.example"}), {}, "", ""};
    if (Chance(90)) person.amount = RandomAmount(file.numbers);
    if (Chance(90)) {
      const Day day = FromYearMonthDay({1950, 1, 1}) + static_cast<int32_t>(Random(0, 75 * 365));
      person.day = FormatDay(day);
      person.written_day = WrittenDay(day, file.day_form, pads, kind);
    }
    const std::string amount = person.amount.plain.empty() ? word : person.amount.written;
    const std::string day = person.day.empty() ? word : person.written_day;
    person.is_vip = Chance(50);
    csv::AppendRow({name, person.address, amount, day, person.is_vip ? yes : no}, delimiter, &text);
    file.people.push_back(std::move(person));
  }
  if (Chance(30)) std::erase(text, '\r');
  for (std::optional<std::string> encoded; !encoded;) {
    const FileEncoding& encoding = kEncodings[Random(0, std::ssize(kEncodings))];
    encoded = InEncoding(text, encoding);
    if (encoded) std::tie(file.text, file.encoding) = std::pair(*encoded, std::string(encoding.name));
  }
  return file;
}

const config::TenantDefinitions& Definitions() {
  static const config::TenantDefinitions definitions = [] {
    config::TenantDefinitions made;
    made.fields = {{"value", FieldType::kNumber}, {"since", FieldType::kDay}, {"vip", FieldType::kBoolean}};
    return made;
  }();
  return definitions;
}

csv::ReadBytes BytesOf(std::string_view text) {
  return [rest = text](char* buffer, size_t size) mutable {
    const size_t count = rest.copy(buffer, size);
    rest.remove_prefix(count);
    return Result<size_t>(count);
  };
}

std::string JsonOf(const codec::UpdateProfile& update, std::string_view name) {
  for (const auto& [key, value] : update.set) {
    if (key == name) return ValueToJson(value);
  }
  return "";
}

// Imports the file. Returns the question if there is one. Each row must be as the file says.
std::optional<Problem> ImportAndCheck(const File& file, ImportOptions* options, const csv::ReadOptions& read) {
  options->tenant = "acme";
  options->issued_at = *ParseRfc3339("2026-03-02T09:00:00Z");
  options->definitions = &Definitions();
  auto importer = Importer::Open(BytesOf(file.text), read, *ParseRfc3339("2027-01-01T00:00:00Z"));
  RC_ASSERT(importer.ok());
  if (auto problem = (*importer)->Plan(*options)) return problem;
  for (const Person& person : file.people) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    RC_ASSERT(row.ok() && *row != nullptr);
    if ((*row)->wrong) RC_FAIL((*row)->wrong->problem.what);
    const auto& command = std::get<codec::Command>((*row)->records.front());
    const auto& update = *command.actions.Find<codec::UpdateProfile>();
    RC_ASSERT(command.key.lead == person.address);
    RC_ASSERT(JsonOf(update, "name") == ValueToJson(Value(file.name)));
    const std::string value = JsonOf(update, "value"), since = JsonOf(update, "since");
    RC_ASSERT((value.empty() ? "" : Number::ParseJson(value)->Plain()) == person.amount.plain);
    RC_ASSERT((JsonOf(update, "vip") == "true") == person.is_vip);
    RC_ASSERT(since == (person.day.empty() ? "" : "\"" + person.day + "\""));
  }
  const Result<const ImportedRow*> end = (*importer)->Next();
  RC_ASSERT(end.ok() && *end == nullptr);
  return std::nullopt;
}

RC_GTEST_PROP(ImportForms, AreReadRightOrAskedAboutAndNeverReadWrong, ()) {
  const File file = RandomFile();
  RC_LOG(file.text);
  ImportOptions options;
  // An encoding is found or asked about, and never guessed.
  csv::ReadOptions read;
  const auto unclear = FindEncoding(BytesOf(file.text), &read);
  if (unclear) read.encoding = csv::EncodingFromName(file.encoding);
  RC_CLASSIFY(unclear.has_value(), "of an encoding that is asked about");
  const auto problem = ImportAndCheck(file, &options, read);
  RC_CLASSIFY(!problem.has_value() && !unclear, "read without a question");
  if (!problem) return;
  // Each question has a true answer, and all are asked at once.
  std::vector<Problem> questions = problem->others;
  questions.push_back(*problem);
  for (const Problem& question : questions) {
    RC_LOG(question.what);
    const std::string name(question.remedy.name);
    const std::string truth = name.starts_with("date") ? file.day_form : std::string(NumberFormName(file.numbers.form));
    const bool offers_truth = std::ranges::find(question.choices, truth, &Choice::value) != question.choices.end();
    RC_ASSERT(name.starts_with("date_format") || name.starts_with("number_format"));
    RC_ASSERT(offers_truth);
    if (name.starts_with("date")) options.date_formats = {{"Since", truth}};
    if (name.starts_with("number")) options.number_formats = {{"Value", truth}};
  }
  RC_ASSERT(!ImportAndCheck(file, &options, read));
}

// Returns the ids of what a file says against mail, by address. `wrong`: the number of wrong rows.
std::map<std::string, std::vector<std::string>> StopsOf(const std::string& text, uint64_t* wrong) {
  ImportOptions options;
  options.tenant = "acme";
  options.issued_at = *ParseRfc3339("2026-03-02T09:00:00Z");
  options.definitions = &Definitions();
  options.number_formats = {{"Value", "1,234.5"}};
  auto importer = Importer::Open(BytesOf(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  RC_ASSERT(importer.ok());
  if (const auto problem = (*importer)->Plan(options)) RC_FAIL(problem->what);
  std::map<std::string, std::vector<std::string>> stops;
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    RC_ASSERT(row.ok());
    if (*row == nullptr) return stops;
    *wrong += (*row)->wrong ? 1 : 0;
    for (const codec::Record& record : (*row)->records) {
      const auto* command = std::get_if<codec::Command>(&record);
      const bool is_stop = command == nullptr || command->actions.Find<codec::SetDoNotContact>() != nullptr;
      RC_ASSERT(is_stop || !(*row)->wrong);
      if (!is_stop) continue;
      const auto& event = std::get_if<codec::Event>(&record);
      stops[command != nullptr ? command->key.lead : event->key.lead].push_back(command != nullptr ? command->command_id
                                                                                                   : event->event_id);
    }
  }
}

// What rows say against mail counts, also if their other cells are wrong, with the ids of the corrected rows.
RC_GTEST_PROP(ImportForms, WrongCellsLoseNothingThatStopsMail, ()) {
  std::string right, damaged;
  const auto [header, yes, no] = *element<std::tuple<const char*, const char*, const char*>>(
      std::tuple("Newsletter", "nein", "ja"), std::tuple("Unsubscribed", "TRUE", "FALSE"),
      std::tuple("Email status", "bounced", "active"), std::tuple("dnc", "x", ""),
      std::tuple("Keine Werbung", "Ja", "Nein"), std::tuple("status", "complained", "new"));
  for (std::string* text : {&right, &damaged}) csv::AppendRow({"Email", "Value", header, "Since", "VIP"}, ',', text);
  uint64_t bad = 0, stopped = 0;
  for (int64_t i = Random(1, 40); i > 0; --i) {
    const std::string address = Concat({"p", std::to_string(i), "@x.example"}), said = Chance(40) ? yes : no;
    const std::string value = *element<std::string>("1,250.5", "", "7"), day = *element<std::string>("2026-01-05", "");
    csv::AppendRow({address, value, said, day, "no"}, ',', &right);
    const bool has_wrong_value = Chance(30), has_wrong_day = Chance(20), has_wrong_vip = Chance(20);
    bad += has_wrong_value || has_wrong_day || has_wrong_vip ? 1 : 0;
    stopped += said == yes ? 1 : 0;
    csv::AppendRow({address, has_wrong_value ? *element<std::string>("10k", "5 or 25", "many") : value, said,
                    has_wrong_day ? "soon" : day, has_wrong_vip ? "perhaps" : "no"},
                   ',', &damaged);
  }
  RC_LOG(damaged);
  uint64_t wrong = 0, wrong_of_right = 0;
  const auto stops = StopsOf(damaged, &wrong);
  RC_ASSERT(stops == StopsOf(right, &wrong_of_right));
  RC_ASSERT(stops.size() == stopped);
  RC_ASSERT(wrong == bad && wrong_of_right == 0U);
}

// Cuts, repeats and changes bytes of a file.
std::string Damaged(std::string text) {
  for (int64_t i = Random(0, 12); i > 0 && !text.empty(); --i) {
    const auto at = static_cast<size_t>(Random(0, static_cast<int64_t>(text.size())));
    switch (Random(0, 4)) {
      case 0:
        text[at] = *element('"', ',', ';', '\n', '\0', '\xFF', '@', '.', '9', '-');
        break;
      case 1:
        text.erase(at, static_cast<size_t>(Random(1, 40)));
        break;
      case 2:
        text.insert(at, text.substr(at / 2, 30));
        break;
      default:
        text.insert(at, *element<std::string>("\u00a0", "\u2212", "0000-00-00", "--02-30", "1e999", "99999", "((5))",
                                              "de de", "%"));
    }
  }
  return text;
}

RC_GTEST_PROP(ImportForms, AnyBytesAreReadOrRefused, ()) {
  const std::string text = Damaged(RandomFile().text);
  ImportOptions options;
  options.definitions = &Definitions();
  const auto importer = Importer::Open(BytesOf(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  if (!importer.ok() || (*importer)->Plan(options)) return;
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok() || *row == nullptr) return;
    RC_ASSERT((*row)->wrong.has_value() || !(*row)->records.empty());
  }
}

}  // namespace leadpulse::importing::import_forms_property_test
