// The reads of the API: each is one query to the run, which applies the right of the token.
#pragma once

#include <functional>
#include <string>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Makes the URL with which a contact unsubscribes from everything. `address` is normalised.
using MakeUrl =
    std::function<std::string(const std::string& tenant, const std::string& lead, const std::string& address)>;

// Answers a route of the kind kRead, except unsubscribe links and outcomes of writes. Thread-safe.
http::Response ReadLeads(const ApiRequest& request, const access::Principal& principal,
                         const Continuations& continuations, RunClient* run, access::AuditLog* audit,
                         const Clock* clock, const MakeUrl& make_url);

}  // namespace leadpulse::serve
