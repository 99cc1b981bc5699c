// The names of fields in rules, searches and columns.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// Before it the name of an attribute also where that has a meaning of its own: `profile.score`.
inline constexpr std::string_view kProfilePrefix = "profile.";

// Fields of searches, as rules name them: the id, and when the last command was applied. They are no attributes, and
// rules of the definitions may not ask for them, because every command changes them.
inline constexpr std::string_view kLeadIdField = "lead.id", kUpdatedField = "lead.updated";
inline bool IsOfSearches(std::string_view name) { return name == kLeadIdField || name == kUpdatedField; }

// Returns what a normalised name means: a built-in field, or an attribute.
std::variant<BuiltIn, std::string> FieldNamed(std::string normalized);

// Returns the name that means this attribute: with the prefix if it would mean another field without it.
std::string NameOfAttribute(const std::string& attribute);

// Returns a warning if rules need the prefix for this attribute, because its name means another field. Empty: none.
std::string WarningOfName(const std::string& attribute);

}  // namespace leadpulse::rules
