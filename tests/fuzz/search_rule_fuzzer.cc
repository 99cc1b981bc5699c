// Any bytes give a search or an error, for tenants that declare fields and for one that refuses others. The rule of a
// search parses, prints as the same text, and is valid for its tenant.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/definitions_loader.h"
#include "config/rule_check.h"
#include "processor/base/assert.h"
#include "processor/query/search/search_rule.h"
#include "processor/query/search/search_terms.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::query {
namespace {

constexpr char kDefinitions[] = R"(
tenants:
  loose:
    fields: {city: text, size: number, renewal: date, vip: boolean, company_name: text, a-b: text, a_b: text}
    tiers: [{name: all}]
    segments: [{id: openers, name: Openers, rule: 'opens > 0'}]
  strict:
    strict_fields: true
    fields: {first_name: text, last_name: text, name: number, tag: text, "in": text}
    tiers: [{name: all}]
)";

const config::Definitions& Definitions() {
  static const config::LoadedDefinitions loaded = config::LoadDefinitions(kDefinitions);
  LP_ASSERT(loaded.definitions != nullptr);
  return *loaded.definitions;
}

// Whether the rule is refused although the search is valid, as happens near the length limit.
bool IsTooLong(const std::string& message) { return message.find("as a rule the search is longer") != message.npos; }

void CheckRuleText(const std::string& text, const config::TenantDefinitions& tenant) {
  auto parsed = rules::ParseRule(text);
  LP_ASSERT(std::holds_alternative<rules::Rule>(parsed));
  auto& rule = std::get<rules::Rule>(parsed);
  LP_ASSERT(rules::PrintNode(*rule.root) == text);
  LP_ASSERT(CheckSearchForTenant(tenant, &rule).errors.empty());
}

void FuzzSearch(std::string_view search, std::string_view tenant_id) {
  const config::TenantDefinitions& tenant = Definitions().For(tenant_id);
  const Result<UnderstoodSearch> understood = RuleOfSearch(search, tenant);
  const Status syntax = CheckSearchSyntax(search);
  if (!understood.ok()) {
    LP_ASSERT(understood.status().kind() == ErrorKind::kRejected);
    LP_ASSERT(understood.status().message().starts_with("line "));
    LP_ASSERT(syntax.ok() || syntax.message() == understood.status().message());
    LP_ASSERT(!IsTooLong(understood.status().message()) || search.size() > 500);
    return;
  }
  LP_ASSERT(syntax.ok());
  const auto terms = std::get<std::vector<SearchTerm>>(ParseSearch(search));
  LP_ASSERT(terms.empty() == understood->rule.empty());
  if (!terms.empty()) CheckRuleText(understood->rule, tenant);
  LP_ASSERT(!tenant.strict_fields || understood->warnings.size() <= terms.size());
}

}  // namespace
}  // namespace leadpulse::query

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view search(reinterpret_cast<const char*>(data), size);
  leadpulse::query::FuzzSearch(search, "loose");
  leadpulse::query::FuzzSearch(search, "strict");
  return 0;
}
