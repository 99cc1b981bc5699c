// Shared by the three readers: finds cells by the meaning of their columns, and the lead of a row.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/value.h"
#include "processor/importing/columns.h"
#include "processor/importing/row_reader.h"
#include "processor/importing/times.h"

namespace leadpulse::importing {

// Converts a trimmed, non-empty cell to the declared type of its column, or to a string. A problem's text is the end of
// a sentence that begins with the cell.
std::optional<Problem> ReadValue(std::string_view cell, const Column& column, const ImportOptions& options,
                                 Value* value);

// Returns `Birthday: "31.12.85" is no date`, counted as `Birthday: is no date`.
WrongRow WrongCell(const Column& column, std::string_view cell, const Problem& why);

// Reads yes, true, 1, y as true and no, false, 0, n as false, in any case. nullopt: anything else.
std::optional<bool> ReadYesNo(std::string_view cell);

// Returns a sentence that names the stages.
std::string StagesInWords();

// Reads a cell of a consent: whether it is granted. nullopt: the cell says neither, so it may be the time of a consent.
std::optional<bool> ReadGranted(const Column& column, std::string_view cell);

// Returns the option that reads the cell as `ours`; none if the command line could not write it.
Option Replacing(std::string_view cell, std::string_view ours, const Column& column);

// Whether a spreadsheet may have written a long number so, without its last digits: `4.91512E+11`.
bool LooksShortened(std::string_view cell);
// Whether such a cell of a contact's text is left out: it would replace a good number by one that nobody can use.
bool LosesShortened(const Column& column);

// Whether the text names one subscription group: not everything (`*`, `0`, empty), and not too long for a record.
bool NamesTopic(std::string_view text);

// Returns the addresses of a cell that holds several, with `;`, `,`, `|`, `:::` or white space between; else none.
std::vector<std::string_view> SeveralAddresses(std::string_view cell);

// Returns the index of the first column with that meaning; nullopt if none.
std::optional<size_t> PlaceOf(Meaning meaning, const std::vector<Column>& columns);

// Returns the trimmed cell; empty if there is no such column.
std::string_view CellAt(std::optional<size_t> place, const std::vector<std::string_view>& cells);

// Reads the time in a cell of that column, or returns what is wrong. The zone is that of `times`.
std::optional<WrongRow> ReadTimeCell(const Column& column, std::string_view cell, const TimeFormat& times,
                                     Instant* time);

// Returns the replacement that `--value` gives for the cell, in any case, but first for its own; null if none. It lives
// as long as the column.
const std::string* ValueSaid(const Column& column, std::string_view cell);

// Stands between several values in a cell of Google's exports.
inline constexpr std::string_view kBetweenValues = " ::: ";

// Whether somebody may get no more mail after an event of that type.
bool MayStopMail(EventType type);

// Returns the warning that the time of the file counts, because that of the row cannot be used.
WrongRow WithFilesTime(WrongRow wrong);

// Returns the names in a cell of another system: a JSON list, a list of PostgreSQL (`{a,"b c"}`), or as SplitNames
// takes them, with kBetweenValues between, too.
std::vector<std::string> NamesIn(std::string_view cell);

// Returns the domain that a cell names instead of an address, as the definitions take it; empty: it names none.
// `*@a.example`, `@a.example` and `a.example` are a domain, `*.a.example` those below it.
std::string DomainIn(std::string_view written);

// The lead of a row; one of the two is not empty.
struct RowLead {
  std::string lead_id;              // empty: the table has no such column
  std::string address;              // normalised
  std::string_view written;         // the address in its cell
  std::vector<std::string> others;  // further addresses in the cell, normalised
};

// The columns that identify the lead of a row.
class LeadCells {
 public:
  // Finds the columns. `are_new`: mail goes to the addresses because of this file, so they need the syntax of a
  // mailbox. Others may be those of leads that were sent with any address, such as the opt-outs of these.
  LeadCells(const std::vector<Column>& columns, bool are_new);

  // Reads the lead, or returns what is wrong.
  std::optional<WrongRow> Read(const std::vector<std::string_view>& cells, RowLead* lead) const;

 private:
  std::optional<WrongRow> TakeFirstAddress(std::string_view written, RowLead* lead) const;

  const std::vector<Column>& columns_;
  std::optional<size_t> lead_, address_;
  bool are_new_;
};

}  // namespace leadpulse::importing
