#include "processor/importing/row_cells.h"

#include <algorithm>

#include "processor/base/address.h"
#include "processor/base/engagement.h"
#include "processor/base/json.h"
#include "processor/base/mailbox_syntax.h"
#include "processor/base/number.h"
#include "processor/base/text.h"
#include "processor/base/written_times.h"
#include "processor/csv/name_list.h"
#include "processor/importing/mail_answers.h"
#include "processor/importing/suppressions.h"
#include "schemas/codec/record_checks.h"

namespace leadpulse::importing {
namespace {

constexpr std::string_view kPercent = "%";
constexpr std::string_view kBetweenAddresses = ";,| \t\r\n";

TimeFormat TimesOf(const Column& column, const TimeFormat& times) { return {column.form.dates, times.zone}; }

WrongRow WrongAddress(const Column& column, std::string_view cell) {
  const std::string domain = DomainIn(cell);
  if (domain.empty()) return WrongCell(column, cell, {"is no e-mail address"});
  WrongRow wrong = WrongCell(column, cell,
                             {Concat({"is no e-mail address; if you mean the whole domain, write "
                                      "`suppress: {domains: [\"",
                                      domain, "\"]}` in the definitions"})});
  wrong.kind = Concat({column.header, ": is a domain, not an e-mail address"});
  return wrong;
}

// Returns the option that reads a cell as the whole number at its beginning: `1000+`, `5-25`, `> 50`. No option if it
// has letters, as `10k` does.
Option AsNumberInside(std::string_view cell, const Column& column) {
  constexpr std::string_view kMarks = "0123456789 +-<>=~/";
  const size_t begin = cell.find_first_of("0123456789");
  const bool is_plain = cell.find_first_not_of(kMarks) == std::string_view::npos;
  if (!is_plain || begin == std::string_view::npos) return {};
  return Replacing(cell, cell.substr(begin, cell.find_first_not_of("0123456789", begin) - begin), column);
}

// Reads a list of numbers, as our exports write it: `1;2.5`.
std::optional<ScalarList> NumbersOfList(std::string_view cell, FieldType type) {
  if (type != FieldType::kNumber || cell.find(';') == std::string_view::npos) return std::nullopt;
  ScalarList numbers;
  for (const std::string& element : csv::SplitNames(cell)) {
    const std::optional<Number> number = Number::ParseJson(element);
    if (!number) return std::nullopt;
    numbers.emplace_back(*number);
  }
  return numbers;
}

// Reads a number in the form of its column.
std::optional<Problem> ReadNumber(std::string_view cell, const Column& column, Number* number) {
  const CellForm& form = column.form;
  const std::optional<std::string> lower = form.has_ranges ? LowerEndOfRange(cell) : std::nullopt;
  if (lower) cell = *lower;
  std::optional<Number> plain;
  if (form.numbers != NumberForm::kComma && form.unit != kPercent) plain = Number::Parse(cell);
  if (!plain && column.ours) plain = Number::ParseJson(cell);  // our exports write large ones with an exponent
  const bool has_mark = cell.find('.') != std::string_view::npos;
  if (plain && (form.numbers || column.ours || !has_mark)) {
    *number = *plain;
    return std::nullopt;
  }
  const auto point = ReadWrittenNumber(cell, NumberForm::kPoint), comma = ReadWrittenNumber(cell, NumberForm::kComma);
  if (!form.numbers && point && comma && point->number != comma->number) {
    return Problem{Concat({"may be ", point->number.Plain(), " or ", comma->number.Plain()}), {}, {"number_format"}};
  }
  const auto& written = form.numbers == NumberForm::kComma ? comma : point;
  const bool fits_unknown = plain || (point && comma);
  if (!written || (!form.numbers && !fits_unknown)) {
    if (comma && !form.numbers) return Problem{"is no number such as 1250.5", {}, {"number_format"}};
    const bool has_comma = form.numbers == NumberForm::kComma;
    return Problem{
        Concat({"is no number such as ", has_comma ? "1.250,5" : "1250.5"}), {}, AsNumberInside(cell, column)};
  }
  const bool has_unit = written->unit == form.unit || (written->unit.empty() && form.unit != kPercent);
  if (!has_unit) {
    return Problem{Concat({"has another unit than the column, ",
                           form.unit.empty() ? "whose numbers have none" : "which has ", form.unit})};
  }
  *number = written->number;
  return std::nullopt;
}

}  // namespace

std::string DomainIn(std::string_view written) {
  const size_t at = written.rfind('@');
  const std::string_view before = written.substr(0, at == std::string_view::npos ? 0 : at);
  if (!before.empty() && before != "*") return "";
  const std::string_view domain = written.substr(at + 1);  // npos + 1: the whole
  const bool is_below = domain.starts_with("*.");
  const std::string as_address = NormalizeAddress(Concat({"x@", is_below ? domain.substr(2) : domain}));
  if (!HasMailboxSyntax(as_address) || domain.find('.') == std::string_view::npos) return "";
  return Concat({is_below ? "*." : "", std::string_view(as_address).substr(2)});
}

std::optional<Problem> ReadValue(std::string_view cell, const Column& column, const ImportOptions& options,
                                 Value* value) {
  const FieldType type = column.type.value_or(FieldType::kText);
  if (type == FieldType::kBoolean) {
    const std::optional<bool> said = ReadYesNo(cell);
    if (!said) return Problem{"is neither yes nor no"};
    *value = Value(*said);
  } else if (std::optional<ScalarList> numbers = column.ours ? NumbersOfList(cell, type) : std::nullopt) {
    *value = Value(*std::move(numbers));
  } else if (type == FieldType::kNumber) {
    Number number;
    if (auto problem = ReadNumber(cell, column, &number)) return problem;
    *value = Value(number);
  } else {
    std::string text(cell);
    if (type == FieldType::kDate || type == FieldType::kDay) {
      const auto read = type == FieldType::kDay ? ReadDay : ReadDate;
      if (auto problem = read(cell, TimesOf(column, options.times), &text)) {
        if (!IsMonthAndDay(cell)) return problem;
        return Problem{"has no year, which only a text keeps", {}, {"map", column.header, column.name + "_text"}};
      }
    }
    *value = Value(std::move(text));
  }
  return std::nullopt;
}

WrongRow WrongCell(const Column& column, std::string_view cell, const Problem& why) {
  return {Concat({column.header, ": ", why.what}),
          {Concat({column.header, ": ", codec::Quoted(cell), " ", why.what}), {}, why.remedy}};
}

std::optional<bool> ReadYesNo(std::string_view cell) {
  const std::string word = AsciiLower(cell);
  if (word == "yes" || word == "true" || word == "1" || word == "y") return true;
  if (word == "no" || word == "false" || word == "0" || word == "n") return false;
  return YesOrNo(cell);
}

std::string StagesInWords() {
  std::string text;
  const std::vector<std::string> names = StageNames();
  for (size_t i = 0; i < names.size(); ++i) {
    text += Concat({i == 0 ? "Stages are " : i + 1 == names.size() ? " and " : ", ", names[i]});
  }
  return text;
}

std::optional<bool> ReadGranted(const Column& column, std::string_view cell) {
  if (const std::optional<bool> said = ReadYesNo(cell)) return said;
  if (ReadStatus(column.status, cell).suppresses()) return false;
  if (AllowsMail(column.status, cell)) return true;
  return LongAnswer(PlainText(cell), /*is_among_answers=*/true);
}

Option Replacing(std::string_view cell, std::string_view ours, const Column& column) {
  constexpr size_t kMostBytes = 40;
  const bool is_writable = cell.size() <= kMostBytes && cell.find_first_of("='") == std::string_view::npos &&
                           column.header.find('\'') == std::string::npos;
  return is_writable ? Option{"values", column.header, std::string(ours), std::string(cell)} : Option{};
}

std::vector<std::string_view> SeveralAddresses(std::string_view cell) {
  std::vector<std::string_view> addresses;
  for (size_t begin = cell.find_first_not_of(kBetweenAddresses); begin != std::string_view::npos;) {
    const size_t end = std::min(cell.find_first_of(kBetweenAddresses, begin), cell.size());
    const std::string_view one = cell.substr(begin, end - begin);
    begin = cell.find_first_not_of(kBetweenAddresses, end);
    if (one == TrimAsciiSpace(kBetweenValues)) continue;
    if (one.find('@') == std::string_view::npos || !HasMailboxSyntax(ParseAddress(one))) return {};
    addresses.push_back(one);
  }
  return addresses.size() > 1 ? addresses : std::vector<std::string_view>();
}

std::optional<size_t> PlaceOf(Meaning meaning, const std::vector<Column>& columns) {
  const auto found = std::ranges::find_if(columns, [&](const Column& each) { return each.meaning == meaning; });
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

std::string_view CellAt(std::optional<size_t> place, const std::vector<std::string_view>& cells) {
  return place ? TrimAsciiSpace(cells[*place]) : std::string_view();
}

std::optional<WrongRow> ReadTimeCell(const Column& column, std::string_view cell, const TimeFormat& times,
                                     Instant* time) {
  if (const auto problem = ReadTime(cell, TimesOf(column, times), time)) return WrongCell(column, cell, *problem);
  return std::nullopt;
}

bool LooksShortened(std::string_view cell) {
  cell = TrimAsciiSpace(cell);
  if (cell.starts_with('+') || cell.starts_with('-')) cell.remove_prefix(1);
  const size_t power = std::min(cell.find_first_of("eE"), cell.size());
  const std::string_view digits = cell.substr(0, power), exponent = cell.substr(std::min(power + 1, cell.size()));
  const auto are_digits = [](std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); };
  if (exponent.size() < 2 || exponent.front() != '+' || !are_digits(exponent.substr(1))) return false;
  const size_t point = std::min(digits.find_first_of(".,"), digits.size());
  const bool is_whole = point == digits.size();
  return are_digits(digits.substr(0, point)) && (is_whole || are_digits(digits.substr(point + 1)));
}

bool LosesShortened(const Column& column) {
  return column.meaning == Meaning::kAttribute && !column.ours &&
         column.type.value_or(FieldType::kText) == FieldType::kText;
}

bool MayStopMail(EventType type) {
  return type == EventType::kUnsubscribe || type == EventType::kBounce || type == EventType::kComplaint;
}

WrongRow WithFilesTime(WrongRow wrong) {
  wrong.problem.what += "; the time of the file counts";
  return wrong;
}

std::vector<std::string> NamesIn(std::string_view cell) {
  std::vector<std::string> names;
  const Result<Json> list = cell.starts_with('[') ? Json::Parse(cell) : Result<Json>(Json());
  if (list.ok() && list->is_array()) {
    for (const Json& element : list->elements()) {
      if (const std::string_view name = TrimAsciiSpace(element.spelling()); !name.empty()) names.emplace_back(name);
    }
    return names;
  }
  const bool is_in_brackets = cell.starts_with('[') && cell.ends_with(']');
  if (is_in_brackets || (cell.starts_with('{') && cell.ends_with('}'))) cell = cell.substr(1, cell.size() - 2);
  if (cell.find(kBetweenValues) == std::string_view::npos) return csv::SplitNames(cell);
  for (size_t begin = 0; begin <= cell.size();) {
    const size_t end = std::min(cell.find(kBetweenValues, begin), cell.size());
    const std::string_view name = TrimAsciiSpace(cell.substr(begin, end - begin));
    if (!name.empty()) names.emplace_back(name);
    begin = end + kBetweenValues.size();
  }
  return names;
}

bool NamesTopic(std::string_view text) {
  return !text.empty() && text != "*" && text != "0" && text.size() <= kMaxTopicBytes;
}

const std::string* ValueSaid(const Column& column, std::string_view cell) {
  if (column.values.empty()) return nullptr;
  const std::string_view trimmed = TrimAsciiSpace(cell);
  const auto exact = std::ranges::find(column.values, trimmed, &std::pair<std::string, std::string>::first);
  if (exact != column.values.end()) return &exact->second;
  const std::string folded = FoldCase(trimmed);
  const auto is_it = [&](const auto& each) { return FoldCase(each.first) == folded; };
  const auto found = std::ranges::find_if(column.values, is_it);
  return found == column.values.end() ? nullptr : &found->second;
}

LeadCells::LeadCells(const std::vector<Column>& columns, bool are_new)
    : columns_(columns),
      lead_(PlaceOf(Meaning::kLead, columns)),
      address_(PlaceOf(Meaning::kAddress, columns)),
      are_new_(are_new) {}

// Takes the first of several addresses in a cell that is none, or returns what is wrong. Who opted out with each of
// them needs a row for each.
std::optional<WrongRow> LeadCells::TakeFirstAddress(std::string_view written, RowLead* lead) const {
  const Column& column = columns_[*address_];
  const std::vector<std::string_view> several = SeveralAddresses(written);
  if (several.empty()) return WrongAddress(column, written);
  if (!are_new_) return WrongCell(column, written, {"holds several addresses; give each a row of its own"});
  lead->written = several.front();
  lead->address = ParseAddress(several.front());
  for (size_t i = 1; i < several.size(); ++i) lead->others.push_back(ParseAddress(several[i]));
  return std::nullopt;
}

std::optional<WrongRow> LeadCells::Read(const std::vector<std::string_view>& cells, RowLead* lead) const {
  lead->written = CellAt(address_, cells);
  const std::string_view written = WithoutInvisible(lead->written);
  if (!written.empty()) {
    lead->address = ParseAddress(written);
    if (lead->address.size() > kMaxAddressBytes) {
      return WrongCell(columns_[*address_], written, {"is too long; at most 320 bytes are allowed"});
    }
    const bool is_address = are_new_ ? HasMailboxSyntax(lead->address) : IsPlausibleAddress(lead->address);
    // `*` is a mailbox by its syntax, but in lists it stands for all of the domain.
    if (!is_address || lead->address.starts_with("*@")) {
      if (auto wrong = TakeFirstAddress(written, lead)) return wrong;
    }
  }
  lead->lead_id = CellAt(lead_, cells);
  // An id may have white space around it. Only our exports keep it, under this name.
  if (!lead->lead_id.empty() && columns_[*lead_].ours && columns_[*lead_].header == "lead")
    lead->lead_id = cells[*lead_];
  const std::string id_as_address = NormalizeAddress(lead->lead_id);
  if (are_new_ && IsAddress(id_as_address) && !HasMailboxSyntax(id_as_address)) {
    return WrongCell(columns_[*lead_], lead->lead_id, {"is no e-mail address"});
  }
  if (lead_ && lead->lead_id.empty()) {
    return WrongRow{"no lead id", {columns_[*lead_].header + " is empty: no lead id"}};
  }
  if (!lead_ && lead->address.empty()) {
    return WrongRow{"no address", {columns_[*address_].header + " is empty: no address"}};
  }
  return std::nullopt;
}

}  // namespace leadpulse::importing
