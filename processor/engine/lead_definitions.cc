#include "processor/engine/lead_definitions.h"

namespace leadpulse::engine {

LeadDefinitions::LeadDefinitions(DefinitionsInForce in_force) : in_force_(std::move(in_force)) {
  if (in_force_.previous == nullptr) return;
  for (const config::Definitions* definitions : {in_force_.previous.get(), in_force_.current.get()}) {
    for (const auto& [tenant, own] : definitions->tenants) {
      if (in_force_.Changes(tenant)) changed_.insert(tenant);
    }
  }
}

std::optional<std::string> LeadDefinitions::SkipFrom(std::string_view key) const {
  const std::string_view tenant = TenantOfKey(key);
  if (in_force_.Changes(tenant)) return std::string(key);
  constexpr std::string_view kAnyOther;
  // A byte after the NUL that ends a tenant: behind all its leads.
  if (in_force_.Changes(kAnyOther)) return std::string(tenant) + '\x01';
  const auto next = changed_.upper_bound(tenant);
  return next == changed_.end() ? std::nullopt : std::optional(*next);
}

}  // namespace leadpulse::engine
