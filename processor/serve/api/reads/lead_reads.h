// Reads of the API: each is one query to the run, which applies the right of the token.
#pragma once

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Thread-safe.
class LeadReads {
 public:
  // All outlive this.
  LeadReads(RunClient* run, access::AuditLog* audit, const Clock* clock) : run_(run), audit_(audit), clock_(clock) {}

  // Answers a route of the kinds kSearch and kGet, of one from kExplain to kTopics, or of kReport.
  http::Answer Read(const ApiRequest& request, const access::Principal& principal);

 private:
  http::Answer Search(const ApiRequest& request, const v1::Caller& caller);
  http::Answer Get(const ApiRequest& request, const v1::Caller& caller);
  http::Answer Explain(const ApiRequest& request, const v1::Caller& caller);
  http::Answer Timeline(const ApiRequest& request, const v1::Caller& caller);
  // An export is in the audit log before it is answered.
  http::Answer Export(const ApiRequest& request, const access::Principal& principal);
  http::Answer Duplicates(const ApiRequest& request, const v1::Caller& caller);
  http::Answer Pipeline(const ApiRequest& request, const v1::Caller& caller);
  http::Answer Report(const ApiRequest& request, const v1::Caller& caller);
  http::Answer Topics(const v1::Caller& caller);
  http::Answer Counts(RouteKind kind, const v1::Caller& caller);

  RunClient* const run_;
  access::AuditLog* const audit_;
  const Clock* const clock_;
};

}  // namespace leadpulse::serve
