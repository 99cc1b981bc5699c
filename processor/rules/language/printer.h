// A tree to rule text in one normal form. Parsing the text gives the same tree (spans aside).
//
// The normal form spells keywords in capitals, a field by its normalised name, a length of time in its longest whole
// unit, and writes no parentheses that the tree does not need. It may be longer than the text it came from, so that a
// rule near kMaxRuleBytes may print to one that is refused for its length.
#pragma once

#include <string>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// For trees that the parser can return.
std::string PrintNode(const Node& node);
std::string PrintStep(const Step& step);  // without the bounce kind, for which the language has no word

}  // namespace leadpulse::rules
