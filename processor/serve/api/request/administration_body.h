// What requests to administer have in common: the tenant that they are about, and how they are refused.
#pragma once

#include <optional>
#include <string>

#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {

// Sets the tenant that the parameter `tenant` names, if it is there. The problem looks the same for a tenant that does
// not exist and for one that the principal may not enter.
std::optional<http::Answer> EnterTenant(const ApiRequest& request, const access::Principal& principal,
                                        access::AccessStore* store, std::string* tenant);

// 404. `what`: `user`.
http::Answer NothingThere(const std::string& what);

}  // namespace leadpulse::serve
