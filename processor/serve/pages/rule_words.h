// Rules in words, for people who do not know their language: `Stage is New or Contacted; Tier is hot`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "processor/rules/language/ast.h"
#include "processor/serve/api/reads/shown_names.h"
#include "processor/serve/pages/filter_offers.h"
#include "processor/serve/pages/shown_number.h"

namespace leadpulse::serve {

// What people call the things that rules name.
struct RuleNames {
  std::vector<NamedField> fields;
  std::shared_ptr<const ShownTenant> tenant;  // never null
  ShownNumbers numbers;
};

// Returns the words of a rule, or of a part of one. Every rule of the language has words.
std::string WordsOfNode(const rules::Node& node, const RuleNames& names);
// Returns the words of a rule, with a semicolon between the parts that its AND joins; a rule with errors itself.
std::string WordsOfRule(const std::string& rule, const RuleNames& names);

}  // namespace leadpulse::serve
