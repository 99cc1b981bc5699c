// Finds the form in which the cells of a column are written, from the cells: `31.12.2026` fits DD.MM.YYYY only, and all
// cells of the column must agree. Where several forms fit, the user is asked. Used by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/importing/cell_form.h"
#include "processor/importing/problem.h"

namespace leadpulse::importing {

// Cells of one kind: those that fit the same forms.
struct CellKind {
  uint64_t count = 0;
  std::string first;      // cell
  std::string ambiguous;  // the first cell that is read differently in two of the forms; empty: there is none
};
using CellKinds = std::map<uint32_t, CellKind>;  // by the forms that fit, one bit for each

// The form of dates, days and times.
class DateFormFinder {
 public:
  DateFormFinder();

  // Adds a cell that is trimmed and not empty. Cells that fit no form at all are wrong in every form, and prove
  // nothing.
  void Add(std::string_view cell);

  // Returns the form, if the cells show one, and says why in `finding`. Returns a problem if several fit, or if none
  // fits all cells. `is_whole`: these are all cells of the file.
  std::optional<Problem> Find(const std::string& column, bool is_whole, std::optional<DatePattern>* form,
                              std::vector<Finding>* findings) const;

  // Whether all dates among the cells are a day and a month without a year.
  bool HasNoYears() const { return months_and_days_ > 0 && clear_ == 0 && kinds_.empty(); }

  // Appends an offer for each form that reads all such cells as days of one year.
  void OfferYear(const std::string& column, std::vector<Finding>* findings) const;

 private:
  void AddWithoutYear(std::string_view cell);
  std::vector<size_t> FitForAll() const;
  std::string WhyOf(size_t form) const;
  Problem Ask(const std::string& column, const std::vector<size_t>& forms) const;
  uint64_t CountOf(size_t form) const;
  const CellKind* Ambiguous(uint32_t forms) const;

  const std::vector<DatePattern> forms_;
  CellKinds kinds_;
  uint64_t clear_ = 0;  // cells that need no form
  uint64_t months_and_days_ = 0;
  uint32_t fit_with_a_year_;  // those of the forms that give a year, one bit for each, that fit all cells without
  bool differ_without_year_ = false;
  std::string first_without_year_;  // cell; the first that is read differently in two of the forms, if there is one
};

// The form and the unit of numbers.
class NumberFormFinder {
 public:
  void Add(std::string_view cell);

  // Sets the form, unless the user has said it, and the unit. Returns a problem if both forms fit and give other
  // numbers, if none fits all cells, or if there are several units.
  std::optional<Problem> Find(const std::string& column, CellForm* form, std::vector<Finding>* findings) const;

  // Returns the first cell that is a range; empty if no cell is one.
  const std::string& first_range() const { return first_range_; }

 private:
  std::optional<Problem> FindUnit(const std::string& column, CellForm* form, std::vector<Finding>* findings) const;
  Problem Ask(const std::string& column) const;

  CellKinds kinds_;
  uint64_t numbers_ = 0, ranges_ = 0;  // cells
  std::string first_range_;
  std::map<std::string, CellKind> units_;  // the first few
  bool are_plain_ = true;                  // all cells are numbers as the program writes them
};

}  // namespace leadpulse::importing
