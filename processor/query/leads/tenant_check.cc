#include "processor/query/leads/tenant_check.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace leadpulse::query {

rules::CheckResult CheckForTenant(const config::TenantDefinitions& tenant, rules::Rule* rule) {
  std::vector<std::string> segment_ids;
  for (const config::Segment& segment : tenant.segments) segment_ids.push_back(segment.id);
  const rules::Declarations declarations{&tenant.fields, &tenant.event_properties, &segment_ids, &tenant.calendar,
                                         false,          &tenant.topic_indexes};
  rules::CheckResult result = rules::CheckRule(declarations, rule);
  if (tenant.strict_fields) {
    std::ranges::move(result.undeclared, std::back_inserter(result.errors));
    result.undeclared.clear();
  }
  return result;
}

void AddTenant(const std::string& sentence, const std::string& tenant, TenantsOf* findings) {
  std::vector<std::string>& tenants = (*findings)[sentence];
  if (tenants.empty() || tenants.back() != tenant) tenants.push_back(tenant);
}

std::string JoinSome(const std::vector<std::string>& names) {
  constexpr size_t kMaxNamed = 5;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMaxNamed; ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kMaxNamed) text += " and " + std::to_string(names.size() - kMaxNamed) + " more";
  return text;
}

std::vector<std::string> Sentences(const TenantsOf& findings, const std::string& option, size_t tenant_count) {
  std::vector<std::string> sentences;
  for (const auto& [text, tenants] : findings) {
    const std::string whose = tenants.size() < tenant_count ? " for tenant " + JoinSome(tenants) : "";
    sentences.push_back(option + whose + ", " + text);
  }
  return sentences;
}

}  // namespace leadpulse::query
