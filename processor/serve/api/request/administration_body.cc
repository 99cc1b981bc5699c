#include "processor/serve/api/request/administration_body.h"

#include <algorithm>
#include <vector>

#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {

std::optional<http::Answer> EnterTenant(const ApiRequest& request, const access::Principal& principal,
                                        access::AccessStore* store, std::string* tenant) {
  const std::string_view other = request.Parameter("tenant");
  if (other.empty()) return std::nullopt;
  const Result<std::vector<std::string>> tenants = store->Tenants();
  if (!tenants.ok()) return Failed(tenants.status());
  if (!principal.MayEnter(other) || std::ranges::find(*tenants, other) == tenants->end()) {
    return NothingThere("tenant");
  }
  *tenant = other;
  return std::nullopt;
}

http::Answer NothingThere(const std::string& what) {
  return Problem(http::kNotFound, "not_found", "there is no such " + what);
}

}  // namespace leadpulse::serve
