// Plans the meaning of each column of a file. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/value.h"
#include "processor/importing/cell_form.h"
#include "processor/importing/import_options.h"
#include "processor/importing/problem.h"
#include "processor/importing/suppressions.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {

struct Column {
  std::string header;  // as in the file, without white space around it
  Meaning meaning = Meaning::kLeftOut;
  std::string name;                           // of the attribute or property, or the consent's purpose
  std::optional<FieldType> type;              // if the definitions declare it
  std::vector<std::string> purposes;          // of the consent
  std::string_view why_left_out;              // why it is left out, as the end of a sentence
  bool holds_since = false;                   // for contacts: the row is valid from this time on
  bool ours = false;                          // of a file that is an export of leads
  bool mail_is_known = false;                 // the state that the file came from knows what the cells say about mail
  StatusColumn status = StatusColumn::kNone;  // what its cells say about mail, besides the meaning
  Answers answers = Answers::kNone;           // of a column of wishes, by the first rows
  std::vector<std::pair<std::string, std::string>> members;  // the members of JSON that options name: theirs, ours
  bool only_declared = false;  // left out with all that is not declared; of JSON, only declared members are used
  std::optional<bool> stops_mail = {};  // whether a cell of the first rows says so, once they are known to be all
  std::string unknown_words;            // what words mean that are not known: `unsubscribed`
  std::vector<std::pair<std::string, std::string>> values;  // theirs, ours
  CellForm form;
  bool is_said = false;       // an option says what it is
  bool is_likely = false;     // a declared field has a name of the same sense: `Umsatz 2026` is `revenue`
  bool form_is_said = false;  // an option says the form
};

// Whether its cells are numbers, days, times, yes and no, or objects: a word for nothing is then empty.
bool IsTyped(const Column& column);
// Whether its cells are days or times; those of a consent are that, yes or no.
bool HoldsDates(const Column& column);

// The column that `--wrong` adds. A corrected file can be imported with it.
inline constexpr char kReasonColumn[] = "import_error";

// Plans the columns by the options, then by synonyms and declared names, else by the normalised name. If no name is
// that of the address, the only column of `hold_addresses` is it; of several names the most usual one is. Appends what
// was found to `findings`, unless it is null. It is a problem if an option names a missing column, two columns would be
// the same, or a required column is missing.
std::optional<Problem> PlanColumns(const std::vector<std::string_view>& header, const ImportOptions& options,
                                   std::vector<Column>* columns, const std::vector<bool>& hold_addresses = {},
                                   std::vector<Finding>* findings = nullptr);

// Returns the problem of attributes that strict definitions do not declare, or nullopt.
std::optional<Problem> FindUndeclared(const std::vector<Column>& columns, const ImportOptions& options);

// Returns the problem of an option that replaces cells without effect: its column is left out and says nothing about
// mail, or it replaces a stage by a text that names no stage. nullopt if all options have an effect.
std::optional<Problem> FindIdleValues(const std::vector<Column>& columns);

// Guesses each column's meaning by its name alone, for the user who corrects the options. Two columns may have the same
// meaning, and none may be the address.
std::vector<Column> GuessColumns(const std::vector<std::string_view>& header, const ImportOptions& options);

// Whether its cells say who gets no mail, whatever else the column means.
bool SaysWhoGetsNoMail(const Column& column);
// Describes a column for people: `attribute first_name`, `the address`, `left out: it has no name`.
std::string DescribeColumn(const Column& column, const ImportOptions& options);

}  // namespace leadpulse::importing
