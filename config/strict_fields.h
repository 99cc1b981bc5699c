// Finds attributes that a tenant with strict_fields does not declare. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"

namespace leadpulse::config {

// Whether the tenant's definitions have strict_fields, but not the attribute with this normalised name. `email` is
// always known.
bool MustBeDeclared(const TenantDefinitions& definitions, std::string_view name);

// Describes the attributes, of which there is at least one, with the nearest declared name: `industri is not declared
// under fields, and strict_fields is true (did you mean industry?)`
std::string UndeclaredInWords(const TenantDefinitions& definitions, const std::vector<std::string>& names);

}  // namespace leadpulse::config
