// How the cells of a column are written. It holds for all cells of the column: nothing is decided cell by cell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/importing/number_form.h"
#include "processor/importing/problem.h"
#include "processor/importing/times.h"

namespace leadpulse::importing {

struct CellForm {
  std::optional<DatePattern> dates;   // in addition to the forms that need none; nullopt: none
  std::optional<NumberForm> numbers;  // nullopt: unknown, so a number that is another one in the other form is wrong
  std::string unit;                   // of numbers: `EUR`, `$`, `%`; empty: none
  bool has_ranges = false;            // a number may be the lower end of a range: `5-25`, `1000+`
};

// What a file shows about itself, for people who look before they import.
struct Finding {
  std::string column;  // its header; empty: the whole file
  std::string what;    // `DD.MM.YYYY, day before month: 14 cells have a first number above 12`
  Option option = {};  // the option that says the same or, with `is_offer`, something else that may be meant
  bool is_offer = false;
  std::string_view when = "otherwise";  // when the option of an offer is right
  bool is_for_import = false;           // an import says the offer, too, because people may get mail who refused it
};

// Reads what an option says about dates. A problem names the forms.
std::optional<Problem> ReadDatePattern(std::string_view text, std::string_view option,
                                       std::optional<DatePattern>* form);
// Reads what an option says about numbers.
std::optional<Problem> ReadNumberForm(std::string_view text, std::string_view option, std::optional<NumberForm>* form);

// Whether the word stands for an empty cell in a column of numbers, days, times, or yes and no: `N/A`, `-`, `null`,
// `0000-00-00`, `0/0/00`.
bool MeansEmpty(std::string_view cell);

}  // namespace leadpulse::importing
