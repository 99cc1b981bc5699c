// A problem of a file or of the options of its import, as data: the command line, the API and the pages each name
// options in their own words. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"

namespace leadpulse::importing {

// As the column of an option: all columns that no option names and the definitions do not declare. They can only be
// left out.
inline constexpr std::string_view kOtherColumns = "*";

// As the meaning of `values`: the cell says that its person gets no mail.
inline constexpr std::string_view kOptedOutWord = "unsubscribed";
// As `theirs` of `values`: empty cells, as the command line takes them.
inline constexpr std::string_view kEmptyCells = " ";

struct Option {
  std::string_view name;     // as in the body of an import request: `date_format`; empty: none
  std::string column = {};   // column in an option that has one: `map`, `date_formats`
  std::string meaning = {};  // what the option says: of `map`, empty means that the column is left out
  std::string theirs = {};   // the cell that `values` replaces; empty: the unknown words of the column
};

// One way to read a file of which several fit.
struct Choice {
  std::string value;   // what the option says then: `windows-1250`, `DD/MM/YYYY`
  std::string sample;  // how a text of the file is read then; empty: there is none
};

struct Problem {
  std::string what;                  // a sentence; for a cell, the end of one
  Option fault = {};                 // the option that is wrong; without a name: the cell that is doubtful
  Option remedy = {};                // the option that corrects it
  std::vector<Choice> choices = {};  // values of the remedy that fit, the most likely first; empty: it is no question
  std::vector<Problem> others = {};  // further questions, each without others
};

// Returns the sentence for people, without the further questions. `name_of` names an option: `--date-format`, `--map
// 'COLUMN=email'`.
inline std::string InWords(const Problem& problem, std::string (*name_of)(const Option& option)) {
  const Option& remedy = problem.remedy;
  std::string_view how;
  const bool stops_mail =
      remedy.meaning == kOptedOutWord || remedy.meaning == "bounced" || remedy.meaning == "complained";
  if (remedy.name == "map") how = remedy.meaning.empty() ? "; leave one out with " : "; name it with ";
  if (remedy.column == kOtherColumns) how = "; declare them, or leave them out with ";
  if (remedy.name == "date_format") how = "; for dates such as 31.12.2026 give ";
  if (remedy.name == "number_format") how = "; for numbers such as 1.250,5 give ";
  if (remedy.name == "values") how = "; say which is meant with ";
  if (remedy.name == "values" && stops_mail) how = "; if it means no mail, give ";
  if (remedy.name == "timezone" || !problem.choices.empty()) how = "; say which with ";
  if (remedy.name == "encoding" && problem.choices.size() == 1) how = "; if it is right as it is, give ";
  const bool is_at_fault = !problem.fault.name.empty();
  std::string answers = how.empty() ? "" : name_of(remedy);
  for (const Choice& choice : problem.choices) {
    // An option that is named with what it says is named for each choice.
    if (remedy.meaning.empty() || choice.value == remedy.meaning) continue;
    answers += " or " + name_of({remedy.name, remedy.column, choice.value});
  }
  return Concat({is_at_fault ? name_of(problem.fault) + ": " : "", problem.what, how, answers});
}

}  // namespace leadpulse::importing
