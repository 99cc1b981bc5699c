// The form of an import's columns, as the body of a run of the API.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

inline constexpr std::string_view kContacts = "contacts";
// In the map of a request: all columns that the definitions do not declare.
inline constexpr std::string_view kOtherColumns = "*";
// As the meaning of a column: a new field, whose name stands beside it.
inline constexpr std::string_view kNewField = "+";
// The same: nothing but what its cells say about who gets no mail. Only as the importer has found it.
inline constexpr std::string_view kWhoGetsNoMail = "-";

// A meaning of a column, or a kind of rows: as the API names it, and for people.
struct ImportChoice {
  std::string_view value, label;
};
// Returns what the rows of a file can be.
std::span<const ImportChoice> ImportKinds();
// Returns the possible meanings of a column, besides an attribute of a contact or a property of an event.
std::span<const ImportChoice> MeaningsOf(std::string_view kind);
// Returns what the page calls a meaning; the name itself if it is a field.
std::string_view MeaningLabel(std::string_view meaning);
// Returns which rows count, by whether their lead is there: a member of the body, or empty.
std::span<const ImportChoice> RowsChoices();

// Returns the kind of the file's rows from the form or the address that the upload leads to.
std::string_view KindOf(const PageRequest& request);

// Returns the meaning of each column in the form.
std::vector<std::string> MeaningsIn(const PageRequest& request);

// An answer about the file: a member of the body, its column if it has one, and the choice.
struct ImportAnswer {
  std::string field, column, value;
};
// Returns the answers in the form. Questions that are open have none.
std::vector<ImportAnswer> AnswersOf(const PageRequest& request);

// What an unknown word of a column about mail means; `ours` is empty if it does not stop mail.
struct WordMeaning {
  std::string column, theirs, ours;
};
std::vector<WordMeaning> WordsOf(const PageRequest& request);

// Makes the body of a run.
std::string RunBody(const PageRequest& request, bool is_trial);

}  // namespace leadpulse::serve
