#include "config/definitions.h"

#include "absl/strings/string_view.h"

namespace leadpulse::config {

void Definitions::IndexTenants() {
  by_id_.clear();
  for (const auto& [id, tenant] : tenants) by_id_.emplace(id, tenant.get());
}

const TenantDefinitions& Definitions::For(std::string_view tenant) const {
  // "*" is not a tenant's id: who asks for it gets the fallback.
  const auto found = by_id_.find(absl::string_view(tenant.data(), tenant.size()));
  return found == by_id_.end() ? *fallback : *found->second;
}

}  // namespace leadpulse::config
