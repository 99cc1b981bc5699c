#include "processor/query/leads/tenant_check.h"

namespace leadpulse::query {

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
