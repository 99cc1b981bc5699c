// The HTTP API of `leadpulse serve`: authenticates requests, queries the run, and answers in JSON.
//
//   GET /api/v1/contacts/{id}         a lead, by its id, or by `email:ADDRESS`
//   GET /api/v1/contacts/search       leads by `query` (a search) or `where` (a rule); `sort`, `limit`, `cursor`,
//   `count`
//
// Every request needs an API token: `Authorization: Bearer lp_…`. The leads come from the run that owns the state
// (processor/serve/queries). Errors are RFC 9457 (application/problem+json) with `code`.
#pragma once

#include <functional>
#include <string>

#include "processor/base/clock.h"
#include "processor/http/answer_queue.h"
#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/rate_limiter.h"
#include "processor/serve/api/run_client.h"

namespace leadpulse::serve {

class LeadApi : public http::Handler {
 public:
  // All outlive this.
  LeadApi(access::AccessStore* store, access::RateLimiter* limiter, RunClient* run, const Clock* clock)
      : store_(*store), limiter_(*limiter), run_(*run), clock_(*clock) {}

  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Answer)> answer) override;
  // Answers waiting and later requests with 503. Returns when every request has its answer.
  void Stop() { queue_.Stop(); }

 private:
  // The parts of a request that outlive the server's views.
  struct ApiRequest {
    std::string path;
    std::string query;
    std::string token;  // empty: none
  };

  http::Answer AnswerTo(const ApiRequest& request);
  http::Answer GetLead(const access::Principal& principal, const std::string& id);
  http::Answer Search(const access::Principal& principal, const std::string& query);

  access::AccessStore& store_;
  access::RateLimiter& limiter_;
  RunClient& run_;
  const Clock& clock_;
  http::AnswerQueue queue_{{.threads = 8}};  // they wait for the run
};

}  // namespace leadpulse::serve
