// The members of a contact that a search returns: its parameter `fields`.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/http/handler.h"

namespace leadpulse::serve {

// Reads names separated by commas; all members if empty. The problem names the first that a row does not have.
std::variant<std::vector<std::string>, http::Response> ReadFields(std::string_view list);

// Returns the row with only these members, in its own order; all of them if `fields` is empty. `row` is an object as
// the run prints it, without white space between members.
std::string WithFields(std::string_view row, const std::vector<std::string>& fields);

}  // namespace leadpulse::serve
