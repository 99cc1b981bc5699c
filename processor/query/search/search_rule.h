// Converts the text of a search bar to a rule: `industry:SaaS score>5 -tag:cold city:Berlin,Hamburg "Jane Doe" acme`.
//
// The rule is text in the normal form of the rule language (processor/rules/language/printer.h), so everything that
// evaluates, indexes or shows rules can use it. Terms stand side by side and must all hold:
// - how terms are written: search_terms.h;
// - the meaning of a name before a comparison: search_fields.h;
// - the meaning of the comparison and its values: search_tests.h;
// - words without a field search all texts of a lead, its address and its phone numbers: TestOfWords in
//   search_rule.cc.
// `-` before a term is its exact complement, as NOT in rules: `-city:Berlin` also holds if no city is set.
// Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/query/leads/where_rule.h"

namespace leadpulse::query {

struct UnderstoodSearch {
  // Empty: the search asks for nothing, and every lead matches. (The rule language has no such rule.)
  std::string rule;
  // Probable mistakes, with the search's line and a caret: attributes that are not declared; AND, OR and NOT as words.
  // Attributes that words search are not among them, though a check of the rule would name them.
  std::vector<std::string> warnings;
};

// Converts a search to a rule. Rejected: it is no search, or none for this tenant. The message has the line, the column
// and a caret, as those of rules. At most kMaxSearchBytes and kMaxSearchTerms; a rule longer than rules::kMaxRuleBytes
// is rejected, too. With strict_fields an undeclared attribute is an error. Takes memory and time linear in the search.
Result<UnderstoodSearch> RuleOfSearch(std::string_view search, const config::TenantDefinitions& definitions);

// Checks the syntax. Rejected if the text is no search for any tenant. The message as above.
Status CheckSearchSyntax(std::string_view search);

// A search from a command line, understood for each of several tenants.
struct SearchedLeads {
  std::shared_ptr<const WhereRule> rule;  // null: there were errors, or the search is empty
  // The rules, with their tenants' names if there are several: `tenant a, b: score > 5`.
  std::vector<std::string> understood;
  // Sentences, like those of WhereRule.
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

// Converts a search for each tenant, since it may become a different rule for each. Messages begin with `--search`.
SearchedLeads CheckSearch(const std::string& search, const config::Definitions& definitions,
                          const std::vector<std::string>& tenants);

}  // namespace leadpulse::query
