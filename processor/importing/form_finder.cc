#include "processor/importing/form_finder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <set>

#include "processor/base/text.h"
#include "schemas/codec/record_checks.h"

namespace leadpulse::importing {
namespace {

constexpr std::array<NumberForm, 2> kNumberForms = {NumberForm::kPoint, NumberForm::kComma};
// 1904 is a leap year, and nobody's birthday is later by mistake.
constexpr auto kFormsWithAYear =
    std::to_array<std::string_view>({"DD.MM.1904", "DD/MM/1904", "MM/DD/1904", "DD-MM-1904", "MM-DD-1904"});
constexpr size_t kMostUnits = 8;
constexpr size_t kMostChoices = 4;
constexpr size_t kShownBytes = 60;  // of a cell

std::string Shown(std::string_view cell) { return codec::Quoted(Utf8Prefix(cell, kShownBytes)); }

uint32_t BitOf(size_t form) { return uint32_t{1} << form; }

void AddTo(CellKinds* kinds, uint32_t fitting, std::string_view cell, bool is_ambiguous) {
  CellKind& kind = (*kinds)[fitting];
  if (kind.count++ == 0) kind.first = cell;
  if (is_ambiguous && kind.ambiguous.empty()) kind.ambiguous = cell;
}

std::string CellsInWords(uint64_t count) { return Concat({GroupDigits(count), count == 1 ? " cell" : " cells"}); }

// Returns the forms that fit all cells.
uint32_t Common(const CellKinds& kinds) {
  uint32_t common = ~uint32_t{0};
  for (const auto& [fitting, kind] : kinds) common &= fitting;
  return common;
}

bool IsDayFirst(const DatePattern& pattern) { return pattern.order == std::array{'D', 'M', 'Y'}; }
bool IsMonthFirst(const DatePattern& pattern) { return pattern.order == std::array{'M', 'D', 'Y'}; }

// Whether it is a time in seconds, milliseconds or microseconds since 1970.
bool IsCount(std::string_view cell) {
  return (cell.size() == 10 || cell.size() == 13 || cell.size() == 16) && std::ranges::all_of(cell, IsDigit);
}

}  // namespace

DateFormFinder::DateFormFinder() : forms_(UsualDatePatterns()), fit_with_a_year_((1U << kFormsWithAYear.size()) - 1) {}

void DateFormFinder::Add(std::string_view cell) {
  if (IsCount(cell) || DateWritten(cell, std::nullopt)) {
    ++clear_;
    return;
  }
  uint32_t fitting = 0;
  std::optional<std::string> first;
  bool is_ambiguous = false;
  for (size_t i = 0; i < forms_.size(); ++i) {
    const std::optional<std::string> date = DateWritten(cell, forms_[i]);
    if (!date) continue;
    fitting |= BitOf(i);
    is_ambiguous = is_ambiguous || (first && *first != *date);
    if (!first) first = date;
  }
  if (fitting != 0) {
    AddTo(&kinds_, fitting, cell, is_ambiguous);
  } else if (IsMonthAndDay(cell)) {
    ++months_and_days_;
    AddWithoutYear(cell);
  }
}

void DateFormFinder::AddWithoutYear(std::string_view cell) {
  std::set<std::string> readings;
  for (size_t i = 0; i < kFormsWithAYear.size(); ++i) {
    const auto date = DateWritten(cell, ParseDatePattern(kFormsWithAYear[i]));
    if (!date) {
      fit_with_a_year_ &= ~BitOf(i);
    } else {
      readings.insert(*date);
    }
  }
  if (first_without_year_.empty() || (readings.size() > 1 && !differ_without_year_)) first_without_year_ = cell;
  differ_without_year_ = differ_without_year_ || readings.size() > 1;
}

void DateFormFinder::OfferYear(const std::string& column, std::vector<Finding>* findings) const {
  std::set<std::string> readings;
  for (size_t i = 0; i < kFormsWithAYear.size(); ++i) {
    if ((fit_with_a_year_ & BitOf(i)) == 0) continue;
    const std::string date = *DateWritten(first_without_year_, ParseDatePattern(kFormsWithAYear[i]));
    // Names of months need no order, so all forms would read them alike.
    if (!readings.insert(date).second) continue;
    findings->push_back({column,
                         Concat({"days without a year, which may be given one so that ANNIVERSARY sees them: ",
                                 Shown(first_without_year_), " as ", date}),
                         {"date_formats", column, std::string(kFormsWithAYear[i])},
                         true});
  }
}

// Returns the forms that fit all cells, without those of short years where long ones fit.
std::vector<size_t> DateFormFinder::FitForAll() const {
  std::vector<size_t> forms;
  const uint32_t common = Common(kinds_);
  for (size_t i = 0; i < forms_.size(); ++i) {
    if ((common & BitOf(i)) == 0) continue;
    DatePattern with_long_years = forms_[i];
    with_long_years.short_year = false;
    const auto is_same = [&](size_t known) { return forms_[known] == with_long_years; };
    if (std::ranges::none_of(forms, is_same)) forms.push_back(i);
  }
  return forms;
}

uint64_t DateFormFinder::CountOf(size_t form) const {
  uint64_t count = 0;
  for (const auto& [fitting, kind] : kinds_) count += (fitting & BitOf(form)) != 0 ? kind.count : 0;
  return count;
}

const CellKind* DateFormFinder::Ambiguous(uint32_t forms) const {
  for (const auto& [fitting, kind] : kinds_) {
    if ((fitting & forms) == forms && !kind.ambiguous.empty()) return &kind;
  }
  return nullptr;
}

std::string DateFormFinder::WhyOf(size_t form) const {
  const DatePattern& pattern = forms_[form];
  const std::string& first = kinds_.begin()->second.first;
  if (pattern.serial) {
    return Concat({"days since 1899-12-30, as spreadsheets count: ", first, " is ", *DateWritten(first, pattern)});
  }
  DatePattern other = pattern;
  std::swap(other.order[0], other.order[1]);
  const auto twin = std::ranges::find(forms_, other);
  std::string why = "year first";
  if (IsDayFirst(pattern) || IsMonthFirst(pattern)) {
    const uint64_t count = CountOf(form) - (twin == forms_.end() ? 0 : CountOf(twin - forms_.begin()));
    why = IsDayFirst(pattern) ? "day before month: " : "month before day: ";
    const char* const which = IsDayFirst(pattern) ? " a first number above 12" : " a second number above 12";
    if (count > 0) {
      why += Concat({CellsInWords(count), count == 1 ? " has" : " have", which});
    } else {
      why +=
          pattern.separator == '.' ? "so dates with points are written" : "all dates are the same in the other order";
    }
  }
  if (pattern.short_year) why += "; years of two digits are from 1930 to 2029";
  return why;
}

Problem DateFormFinder::Ask(const std::string& column, const std::vector<size_t>& forms) const {
  Problem problem{"", {}, {"date_formats", column, DatePatternName(forms_[forms.front()])}, {}};
  uint32_t all = 0;
  for (const size_t form : forms) all |= BitOf(form);
  const CellKind* const ambiguous = Ambiguous(all);
  std::string choices;
  for (const size_t form : forms) {
    const std::string name = DatePatternName(forms_[form]);
    std::string sample;
    if (ambiguous != nullptr) {
      sample = Concat({ambiguous->ambiguous, " is ", *DateWritten(ambiguous->ambiguous, forms_[form])});
    } else {
      for (const auto& [fitting, kind] : kinds_) {
        if (sample.empty() && (fitting & BitOf(form)) != 0)
          sample = Concat({"fits ", CellsInWords(CountOf(form)), " such as ", kind.first});
      }
    }
    choices += Concat({choices.empty() ? "" : ", or ", name, " (", sample, ")"});
    problem.choices.push_back({name, std::move(sample)});
  }
  problem.what = Concat({column, ": ", ambiguous != nullptr ? "all cells fit " : "no form fits all cells: ", choices});
  return problem;
}

std::optional<Problem> DateFormFinder::Find(const std::string& column, bool is_whole, std::optional<DatePattern>* form,
                                            std::vector<Finding>* findings) const {
  if (kinds_.empty()) return std::nullopt;
  std::vector<size_t> fitting = FitForAll();
  if (fitting.empty()) {
    for (size_t i = 0; i < forms_.size(); ++i) {
      DatePattern long_years = forms_[i];
      long_years.short_year = false;
      const auto twin = static_cast<size_t>(std::ranges::find(forms_, long_years) - forms_.begin());
      if (CountOf(i) > (twin < i ? CountOf(twin) : 0)) fitting.push_back(i);
    }
    std::ranges::stable_sort(fitting, std::greater(), [this](size_t each) { return CountOf(each); });
    if (fitting.size() > kMostChoices) fitting.resize(kMostChoices);
    return Ask(column, fitting);
  }
  if (fitting.size() > 1) {
    uint32_t all = 0;
    for (const size_t each : fitting) all |= BitOf(each);
    // No country writes the month first with points.
    const bool has_points = forms_[fitting.front()].separator == '.';
    const bool is_same = is_whole && Ambiguous(all) == nullptr;
    if (!has_points && !is_same) return Ask(column, fitting);
  }
  *form = forms_[fitting.front()];
  const std::string name = DatePatternName(**form);
  findings->push_back({column, Concat({name, ", ", WhyOf(fitting.front())}), {"date_formats", column, name}});
  return std::nullopt;
}

void NumberFormFinder::Add(std::string_view cell) {
  if (LowerEndOfRange(cell)) {
    if (ranges_++ == 0) first_range_ = cell;
    return;
  }
  uint32_t fitting = 0;
  std::optional<WrittenNumber> first;
  bool is_ambiguous = false;
  for (size_t i = 0; i < kNumberForms.size(); ++i) {
    std::optional<WrittenNumber> written = ReadWrittenNumber(cell, kNumberForms[i]);
    if (!written) continue;
    fitting |= BitOf(i);
    is_ambiguous = is_ambiguous || (first && first->number != written->number);
    if (!first) first = std::move(written);
  }
  if (fitting == 0) return;
  ++numbers_;
  AddTo(&kinds_, fitting, cell, is_ambiguous);
  are_plain_ = are_plain_ && Number::Parse(cell).has_value();
  if (units_.size() >= kMostUnits && !units_.contains(first->unit)) return;
  CellKind& unit = units_[first->unit];
  if (unit.count++ == 0) unit.first = cell;
}

Problem NumberFormFinder::Ask(const std::string& column) const {
  constexpr uint32_t kBoth = 3;
  const auto both = kinds_.find(kBoth);
  const bool is_ambiguous = Common(kinds_) == kBoth && both != kinds_.end();
  Problem problem{"", {}, {"number_formats", column, std::string(NumberFormName(kNumberForms[0]))}, {}};
  std::string choices;
  for (size_t i = 0; i < kNumberForms.size(); ++i) {
    const std::string name(NumberFormName(kNumberForms[i]));
    std::string sample;
    if (is_ambiguous) {
      const std::string& cell = both->second.ambiguous;
      sample = Concat({cell, " is ", ReadWrittenNumber(cell, kNumberForms[i])->number.Plain()});
    } else {
      const CellKind& kind = kinds_.at(BitOf(i));
      sample = Concat({"fits ", CellsInWords(kind.count), " such as ", kind.first});
    }
    choices += Concat({choices.empty() ? "" : ", or ", name, " (", sample, ")"});
    problem.choices.push_back({name, std::move(sample)});
  }
  problem.what = Concat({column, ": ", is_ambiguous ? "all cells fit " : "no form fits all cells: ", choices});
  return problem;
}

std::optional<Problem> NumberFormFinder::FindUnit(const std::string& column, CellForm* form,
                                                  std::vector<Finding>* findings) const {
  constexpr std::string_view kPercent = "%";
  const CellKind *first = nullptr, *second = nullptr;
  for (const auto& [unit, kind] : units_) {
    if (unit.empty() && !units_.contains(std::string(kPercent))) continue;
    (first == nullptr ? first : second) = &kind;
    if (form->unit.empty()) form->unit = unit;
  }
  if (second != nullptr) {
    return Problem{Concat({column, ": ", Shown(first->first), " and ", Shown(second->first),
                           " have different units, which a number does not keep"}),
                   {},
                   {"map", column, ""}};
  }
  if (form->unit.empty()) return std::nullopt;
  const auto written = ReadWrittenNumber(first->first, form->numbers.value_or(NumberForm::kPoint));
  const std::string example = written ? Concat({": ", Shown(first->first), " is ", written->number.Plain()}) : "";
  findings->push_back(
      {column, Concat({form->unit == kPercent ? "without the percent sign" : "without the currency", example})});
  return std::nullopt;
}

std::optional<Problem> NumberFormFinder::Find(const std::string& column, CellForm* form,
                                              std::vector<Finding>* findings) const {
  form->has_ranges = ranges_ > numbers_;
  if (kinds_.empty()) return std::nullopt;
  if (!form->numbers) {
    const uint32_t common = Common(kinds_);
    const bool is_ambiguous =
        std::ranges::any_of(kinds_, [](const auto& kind) { return !kind.second.ambiguous.empty(); });
    if (common == 0 || (std::popcount(common) > 1 && is_ambiguous)) return Ask(column);
    if (std::popcount(common) == 1) {
      form->numbers = kNumberForms[std::countr_zero(common)];
      const std::string name(NumberFormName(*form->numbers));
      const std::string what = Concat({name, ": ", Shown(kinds_.at(common).first), " fits nothing else"});
      // Numbers as the program writes them need no word.
      if (!are_plain_) findings->push_back({column, what, {"number_formats", column, name}});
    }
  }
  return FindUnit(column, form, findings);
}

}  // namespace leadpulse::importing
