// The meaning of the names in a search for a tenant.
//
// A name is, in this order:
// - `id` and `updated`, which columns are called, too; an attribute of such a name is `profile.id`;
// - a field of rules or one of its aliases, a declared attribute, or `email`;
// - `tag`, `list`, `campaign`, `owner`, and the last times without `last_`: `opened`, `clicked`, `sent`, …;
// - `segment`, `segments`, `consent` or `consents`, which are memberships;
// - a usual other name of an attribute that is declared: `company` of `company_name`, `surname` of `last_name`, `mail`
//   of `email`, …;
// - a field or a declared attribute whose name differs only in spaces, `_`, `-` and `.`: `firstName`, `first-name`;
// - else an attribute that is not declared.
// Case does not matter, and a space is the same as `_`. Between backquotes only the first and the last apply.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/query/search/search_terms.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::query {

// The type of a field's values. kUndeclared: it may have any type.
enum class ValueKind : uint8_t { kText, kNumber, kTruth, kTime, kUndeclared };

enum class SearchedKind : uint8_t { kField, kSegment, kConsent };

struct SearchedField {
  SearchedKind kind = SearchedKind::kField;
  rules::Field field;  // only for kField; its span covers the name in the search
  ValueKind values = ValueKind::kText;
};

// Whether the field is an attribute that holds phone numbers: `phone` or `mobile`.
bool IsPhone(const rules::Field& field);

// Returns the field of a term, whose name must not be blank.
SearchedField FieldOfTerm(const SearchTerm& term, const config::TenantDefinitions& definitions);

// The attributes that a `*word` without a field searches: of these the ones that the tenant declares as texts. Without
// strict_fields also those that it does not declare, because leads may still have them.
struct SearchedAttributes {
  // Names of people and companies: `first_name`, `last_name`, `full_name`, `name`, `company_name`, `company`.
  std::vector<std::string> names;
  std::vector<std::string> phones;  // `phone` and `mobile`, only for words that begin like a phone number
};
SearchedAttributes AttributesOfWords(const config::TenantDefinitions& definitions);

// Returns a text to compare with `email` as rules see that: an address in normal form, whatever its spelling. Text
// without an `@` stays, and so does the case of ASCII letters if nothing else differs.
std::string AsSearchedAddress(std::string_view text);

}  // namespace leadpulse::query
