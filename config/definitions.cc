#include "config/definitions.h"

namespace leadpulse::config {

const TenantDefinitions& Definitions::For(std::string_view tenant) const {
  // "*" is no tenant's id, but whoever asks for it means the fallback, and that it is.
  const auto found = tenants.find(tenant);
  return found == tenants.end() ? *fallback : *found->second;
}

}  // namespace leadpulse::config
