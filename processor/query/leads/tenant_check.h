// Says for which tenants a finding holds.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace leadpulse::query {

// The tenants of each sentence.
using TenantsOf = std::map<std::string, std::vector<std::string>>;
// Adds a tenant to a sentence. Calls for one tenant follow one another.
void AddTenant(const std::string& sentence, const std::string& tenant, TenantsOf* findings);

// `a, b and 3 more`.
std::string JoinSome(const std::vector<std::string>& names);

// Each sentence behind `option`. It names its tenants unless it holds for all `tenant_count`.
std::vector<std::string> Sentences(const TenantsOf& findings, const std::string& option, size_t tenant_count);

}  // namespace leadpulse::query
