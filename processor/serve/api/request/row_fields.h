// The members of a contact that a search returns: its parameter `fields`. A name is that of a member, in camelCase or
// snake_case, or of a column, as in `sort` and in exports.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/http/handler.h"

namespace leadpulse::serve {

// The member and column with a contact's unsubscribe link, which the front makes and the run does not know.
inline constexpr std::string_view kLinkColumn = "unsubscribe_url";

struct RowFields {
  std::vector<std::string> names;    // as rows have them, in quotes; empty: all members
  std::vector<std::string> columns;  // the others of `names`, which the run adds to its rows
  bool has_link = false;             // kLinkColumn is among them
};
// Reads names separated by commas; all members if empty. A problem if a name is missing.
std::variant<RowFields, http::Response> ReadFields(std::string_view list);

// Returns the name of the column with the value of a contact's member: `email_status` for `emailStatus`. Other names
// stay.
std::string ColumnNamed(std::string_view name);

// Returns the row with only these members, in its own order; all of them if `fields` is empty. `row` is an object as
// the run prints it, without white space between members.
std::string WithFields(std::string_view row, const RowFields& fields);

}  // namespace leadpulse::serve
