// The reads of the API: each is one query to the run, which applies the right of the token.
#pragma once

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Answers a route of the kind kRead, except unsubscribe links and outcomes of writes. Thread-safe.
http::Response ReadLeads(const ApiRequest& request, const access::Principal& principal,
                         const Continuations& continuations, RunClient* run, access::AuditLog* audit,
                         const Clock* clock);

}  // namespace leadpulse::serve
