// A problem of a file or of the options of its import, as data: the command line, the API and the pages each name
// options in their own words. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/csv/encoding_guess.h"

namespace leadpulse::importing {

struct Option {
  std::string_view name;     // as in the body of an import request: `date_format`; empty: none
  std::string column = {};   // column in a `map` option
  std::string meaning = {};  // meaning that the `map` gives it; empty: the column is left out
};

struct Problem {
  std::string what;                                      // a sentence; for a cell, the end of one
  Option fault = {};                                     // the option that is wrong
  Option remedy = {};                                    // the option that corrects it
  std::vector<csv::EncodingGuess::Choice> choices = {};  // of the remedy `encoding`
};

// Returns the sentence for people. `name_of` names an option: `--date-format`, `--map 'COLUMN=email'`.
inline std::string InWords(const Problem& problem, std::string (*name_of)(const Option& option)) {
  const Option& remedy = problem.remedy;
  std::string_view how;
  if (remedy.name == "map") how = remedy.meaning.empty() ? "; leave one out with " : "; name it with ";
  if (remedy.name == "date_format") how = "; for dates such as 31.12.2026 give ";
  if (remedy.name == "encoding") how = "; say which with ";
  if (remedy.name == "timezone") how = "; say which with ";
  const bool is_at_fault = !problem.fault.name.empty();
  return Concat(
      {is_at_fault ? name_of(problem.fault) + ": " : "", problem.what, how, how.empty() ? "" : name_of(remedy)});
}

}  // namespace leadpulse::importing
