// Words of a search that name no field: they look for people, companies and addresses.
#pragma once

#include <string>
#include <vector>

#include "processor/query/search/search_terms.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::query {

// Holds for leads with a name in which a word begins with the text, or whose e-mail address begins with it. Words of a
// name have spaces between them. `*text` may begin anywhere. Case does not matter; accents do, as everywhere in rules.
// - A text with `@` is looked for in addresses only; one that begins with `@`, anywhere in them.
// - Two to four words between quotes also fit where the first of them are the first name, and the last name begins with
//   the others.
// - `a,b` is either.
// `attributes` hold names. The term has no comparison; its minus is not regarded.
rules::NodePtr TestOfWords(const SearchTerm& term, const std::vector<std::string>& attributes);

}  // namespace leadpulse::query
