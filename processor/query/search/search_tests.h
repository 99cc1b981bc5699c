// Makes the test of a term with a field's name, and the negation of any test.
//
// - `attribute:text` finds words as the same text without a name does, but only in that attribute: HAS WORDS, without
//   case, accents and punctuation; of phone numbers their digits. An address with an `@` inside is compared whole.
// - `field:value` of anything else, and `field=value`, equals; of tags, lists, campaigns, segments and consents: has or
//   is in. `a,b` is either. A segment is named by its id or its name, in any case.
// - `field:` and `field:*` have any value; `=abc*`, `*abc` and `*abc*` begin with, end with and contain.
// - A declared text is compared as text. An undeclared attribute may have any type: unquoted numbers, days, `true` and
//   `false` are compared as such, and in phone numbers also as words.
// - Days compare as dates, as people mean them: `created>2026-01-01` begins on January 2, `created<=2026-01-01` ends
//   with January 1, `created:2026-01-01` is that day. So do today, yesterday and tomorrow. An RFC 3339 time is an
//   instant. `created:this-week` and similar name a period.
// - `opened<30d` is within the last 30 days, `opened>30d` longer ago; `renewal<+30d` within the next 30 days. The units
//   are s, m (minutes), h, d and w.
// - Numbers, times and booleans take no other values; only numbers and times have an order. The error says so.
#pragma once

#include <variant>
#include <vector>

#include "config/definitions.h"
#include "processor/query/search/search_fields.h"
#include "processor/query/search/search_terms.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::query {

// Makes the test of a term, without its minus. Spans are those of the search. The tree is one that the rule parser can
// return.
std::variant<rules::NodePtr, rules::RuleError> TestOfTerm(const SearchTerm& term, const SearchedField& field,
                                                          const config::TenantDefinitions& definitions);

// Returns the exact complement, in the form that reads best: IS NOT, NOT IN, …, or else NOT before it.
rules::NodePtr Negated(rules::NodePtr node);

// Returns a test that holds if any of these does. There must be at least one.
rules::NodePtr Either(std::vector<rules::NodePtr> nodes, rules::Span span);

}  // namespace leadpulse::query
