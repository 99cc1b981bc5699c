// The names of members in the API's JSON. Clients see snake_case. The run and the front print the members of files and
// topics, which are in camelCase; an answer is renamed where it leaves the front for a client, so that the pages, which
// read the same answers inside the front, do not pay for it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace leadpulse::serve {

// Returns `email_status` for `emailStatus`.
std::string SnakeCase(std::string_view name);

// Returns the JSON with its members named in snake_case. `json` is as JsonObject prints it, without white space between
// its parts. `seq` becomes a number, which files have as a string, and a `kind` that names a member is renamed like
// that. People's own names stay: those of attributes, of properties, of topics, of consents and of reasons, and the
// names in `kept`.
std::string WithSnakeNames(std::string_view json, std::span<const std::string> kept = {});

// Returns the place behind the string that begins at `at` of valid JSON.
size_t EndOfJsonString(std::string_view json, size_t at);
// Returns the place behind the value that begins at `at` of valid JSON: that of the comma or the bracket after it.
size_t EndOfJsonValue(std::string_view json, size_t at);

}  // namespace leadpulse::serve
