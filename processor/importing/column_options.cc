#include "processor/importing/column_options.h"

#include <algorithm>
#include <utility>

#include "processor/base/nearest.h"
#include "processor/base/text.h"

namespace leadpulse::importing {
namespace {

constexpr char kItHas[] = "; it has ";

}  // namespace

std::string InBackquotes(std::string_view name) { return Concat({"`", name, "`"}); }

// Finds the column with exactly that name; else the one whose name differs only in case, spaces and punctuation. If
// several have exactly that name, takes the first that no option has left out or, with `says_what`, named at all.
std::optional<Problem> ColumnOptions::Find(std::string_view option, std::string_view name, bool says_what,
                                           size_t* found) const {
  const std::string_view trimmed = TrimAsciiSpace(name);
  std::vector<std::string> names;
  std::vector<size_t> alike, taken;
  for (size_t i = 0; i < columns_.size(); ++i) {
    *found = i;
    const bool is_it = columns_[i].header == trimmed;
    const bool is_taken = columns_[i].is_said && (says_what || columns_[i].meaning == Meaning::kLeftOut);
    if (is_it && !is_taken) return std::nullopt;
    if (is_it) taken.push_back(i);
    if (Simplify(columns_[i].header) == Simplify(trimmed)) alike.push_back(i);
    names.push_back(columns_[i].header);
  }
  if (!taken.empty() || alike.size() == 1) {
    *found = taken.empty() ? alike.front() : taken.front();
    return std::nullopt;
  }
  const std::optional<std::string> nearest = NearestName(trimmed, names);
  return Problem{Concat({"the file has no column ", InBackquotes(trimmed),
                         nearest ? "; did you mean " + *nearest + "?" : kItHas + Join(names, ", ")}),
                 {option}};
}

// Returns the values with the columns that they mean. COLUMN:THEIRS is said of the longest column of the file with
// which it begins, because the name of a column may have a colon, too.
std::vector<CellValue> ColumnOptions::ValuesInFile() const {
  std::vector<CellValue> values = options_.values;
  for (CellValue& value : values) {
    for (const std::string_view colon : {":", ": "}) {
      const std::string whole = Concat({value.column, colon, value.theirs});
      for (const Column& column : columns_) {
        const size_t end = column.header.size();
        const bool begins_so = whole.starts_with(column.header) && whole.size() > end && whole[end] == ':';
        if (begins_so && end > value.column.size()) value = {column.header, whole.substr(end + 1), value.ours};
      }
    }
  }
  return values;
}

// Finds the options that name no column of the file, so that all are corrected at once.
std::optional<Problem> ColumnOptions::FindMissingColumns() const {
  std::vector<std::pair<std::string_view, std::string_view>> named;  // option and column
  for (const auto& [theirs, ours] : options_.map) named.emplace_back("map", theirs);
  named.emplace_back("lead_id", options_.lead_id_column);
  named.emplace_back("at", options_.time_column);
  for (const auto& [purpose, column] : options_.consents) named.emplace_back("consents", column);
  const std::vector<CellValue> values = ValuesInFile();
  for (const CellValue& value : values) named.emplace_back("values", value.column);
  for (const auto& [column, form] : options_.date_formats) named.emplace_back("date_formats", column);
  for (const auto& [column, form] : options_.number_formats) named.emplace_back("number_formats", column);
  std::optional<Problem> first;
  std::vector<std::string_view> known;
  bool are_listed = false;
  for (const auto& [option, name] : named) {
    const bool is_other = option == "map" && (name == kOtherColumns || MemberColumn(name) != columns_.size());
    const bool is_known = std::ranges::find(known, name) != known.end();
    size_t found = 0;
    auto problem =
        name.empty() || is_other || is_known ? std::nullopt : Find(option, name, /*says_what=*/false, &found);
    if (!problem) continue;
    known.push_back(name);
    const size_t list = problem->what.find(kItHas);  // once is enough
    if (list != std::string::npos && are_listed) problem->what.resize(list);
    are_listed = are_listed || list != std::string::npos;
    if (first) {
      first->others.push_back(*std::move(problem));
    } else {
      first = std::move(problem);
    }
  }
  return first;
}

// Returns the column of which an option names a member: its name stands before the first dot. Returns the number of
// columns if there is no such column, or if a column has the whole name.
size_t ColumnOptions::MemberColumn(std::string_view theirs) const {
  const std::string_view whole = TrimAsciiSpace(theirs);
  const size_t dot = whole.find('.');
  size_t found = columns_.size();
  if (dot == std::string_view::npos || options_.mode != Mode::kContacts) return found;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& each = columns_[i];
    if (Simplify(each.header) == Simplify(whole)) return columns_.size();
    const bool is_it = each.header == whole.substr(0, dot);
    if (is_it && (!each.is_said || each.meaning == Meaning::kJsonMembers)) found = i;
  }
  return found;
}

std::optional<Problem> ColumnOptions::Say(std::string_view option, std::string_view name, Meaning meaning,
                                          const std::string& ours) {
  size_t found = 0;
  if (auto problem = Find(option, name, /*says_what=*/true, &found)) return problem;
  Column& column = columns_[found];
  const bool one_more_purpose = meaning == Meaning::kConsent && column.meaning == Meaning::kConsent;
  if (column.is_said && !one_more_purpose) {
    return Problem{Concat({"the column ", InBackquotes(column.header), " is named twice"}), {option}};
  }
  column.is_said = true;
  column.meaning = meaning;
  if (meaning == Meaning::kConsent) {
    column.purposes.push_back(ours);
  } else {
    column.name = ours;
  }
  if (meaning == Meaning::kLeftOut) column.why_left_out = "your choice";
  return std::nullopt;
}

// Takes an option about a member of JSON. False: it is about no member.
bool ColumnOptions::TakeMember(std::string_view theirs, const std::string& ours) {
  const size_t found = MemberColumn(theirs);
  if (found == columns_.size()) return false;
  const std::string_view whole = TrimAsciiSpace(theirs);
  columns_[found].is_said = true;
  columns_[found].meaning = Meaning::kJsonMembers;
  columns_[found].members.emplace_back(NormalizeName(whole.substr(whole.find('.') + 1)), ours);
  return true;
}

std::optional<Problem> ColumnOptions::Take() {
  if (auto problem = FindMissingColumns()) return problem;
  for (const auto& [theirs, ours] : options_.map) {
    const auto consent = options_.mode == Mode::kContacts ? ConsentPartOf(ours) : std::nullopt;
    if (consent) {
      if (consent->purpose.empty()) return Problem{Concat({InBackquotes(ours), " names no purpose"}), {"map"}};
      if (auto problem = Say("map", theirs, consent->meaning, std::string(consent->purpose))) return problem;
      continue;
    }
    const std::string name = NormalizeName(ours);
    std::optional<Meaning> meaning = MeaningFromName(options_.mode, name);
    if (meaning && YieldsToField(*meaning) && !guess_.DeclaredName(Simplify(name)).empty()) meaning.reset();
    const Meaning other = options_.mode == Mode::kEvents ? Meaning::kProperty : Meaning::kAttribute;
    if (TakeMember(theirs, name)) continue;
    if (theirs == kOtherColumns &&
        !std::ranges::any_of(columns_, [](const Column& each) { return each.header == kOtherColumns; })) {
      if (!name.empty())
        return Problem{"`*`, all other columns, can only be left out: with nothing after `=`", {"map"}};
      leaves_out_others_ = true;
    } else if (name.empty()) {
      if (auto problem = Say("map", theirs, Meaning::kLeftOut, "")) return problem;
    } else if (!meaning && options_.mode == Mode::kOptOuts) {
      return Problem{Concat({"a column of opt-outs is email, lead_id, time or topic, not ", InBackquotes(ours)}),
                     {"map"}};
    } else {
      const bool has_a_name = !meaning || *meaning == Meaning::kUserAgent || *meaning == Meaning::kTopic;
      if (auto problem = Say("map", theirs, meaning.value_or(other), has_a_name ? name : "")) return problem;
    }
  }
  if (!options_.lead_id_column.empty()) {
    if (auto problem = Say("lead_id", options_.lead_id_column, Meaning::kLead, "")) return problem;
  }
  if (!options_.time_column.empty()) {
    if (auto problem = TakeTimeColumn()) return problem;
  }
  for (const auto& [purpose, column] : options_.consents) {
    if (auto problem = Say("consents", column, Meaning::kConsent, purpose)) return problem;
  }
  return TakeValues();
}

// Applies the option that names the time column. In contacts, the column is also an attribute.
std::optional<Problem> ColumnOptions::TakeTimeColumn() {
  if (options_.mode != Mode::kContacts) return Say("at", options_.time_column, Meaning::kTime, "");
  size_t found = 0;
  if (auto problem = Find("at", options_.time_column, /*says_what=*/false, &found)) return problem;
  columns_[found].holds_since = true;
  return std::nullopt;
}

std::optional<Problem> ColumnOptions::TakeValues() {
  for (const CellValue& value : ValuesInFile()) {
    size_t found = 0;
    if (auto problem = Find("values", value.column, /*says_what=*/false, &found)) return problem;
    columns_[found].values.emplace_back(TrimAsciiSpace(value.theirs), value.ours);
  }
  return std::nullopt;
}

std::optional<Problem> ColumnOptions::TakeForms() {
  for (Column& column : columns_) {
    column.form.dates = options_.times.pattern;
    column.form.numbers = options_.numbers;
    column.form_is_said = HoldsDates(column) ? options_.times.pattern.has_value() : options_.numbers.has_value();
  }
  for (const auto& [name, form] : options_.date_formats) {
    size_t found = 0;
    if (auto problem = Find("date_formats", name, /*says_what=*/false, &found)) return problem;
    if (auto problem = ReadDatePattern(form, "date_formats", &columns_[found].form.dates)) return problem;
    columns_[found].form_is_said = true;
  }
  for (const auto& [name, form] : options_.number_formats) {
    size_t found = 0;
    if (auto problem = Find("number_formats", name, /*says_what=*/false, &found)) return problem;
    if (auto problem = ReadNumberForm(form, "number_formats", &columns_[found].form.numbers)) return problem;
    columns_[found].form_is_said = true;
  }
  return std::nullopt;
}

}  // namespace leadpulse::importing
