// Prints a tree as rule text in a normal form. Parsing the text gives the same tree (except spans).
//
// The normal form has keywords in capitals, a field by its normalised name, a length of time in its longest whole unit,
// and only parentheses that the tree needs. It may be longer than the original text, so a rule near kMaxRuleBytes may
// print to one that is rejected for its length.
#pragma once

#include <string>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// Prints a tree that the parser can return.
std::string PrintNode(const Node& node);
std::string PrintStep(const Step& step);  // without the bounce kind, for which the language has no word

}  // namespace leadpulse::rules
