// The reads of the API: each is one query to the run, which applies the right of the token.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "leadpulse/v1/query.pb.h"
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

// A read, its sender, and the objects that answer it, which outlive it.
struct AskedRead {
  const ApiRequest& request;
  const access::Principal& principal;
  const Continuations& continuations;
  RunClient* run;
  access::AuditLog* audit;
  const Clock* clock;
  MakeUrl make_url;
};

// What the page of a contact shows, as of one instant.
struct LeadPage {
  v1::LeadAnswer lead;
  v1::Explanation explanation;
  v1::Timeline timeline;                          // its cursor is sealed
  std::vector<v1::DeclaredFields::Field> fields;  // those that the definitions declare
  std::vector<v1::OptOut::Topic> topics;          // likewise, without `out`
  std::string link;                               // unsubscribes the contact; empty: it cannot have one
};
// Reads what a route answers, as a message for pages: of a search, of `contact.get`, of `pipeline.get`, and for the
// page of a contact of `contact.timeline`. Cursors are sealed. Returns the problem if there is no answer. Thread-safe.
std::optional<http::Response> ReadInto(const AskedRead& asked, v1::FoundLeads* found);
std::optional<http::Response> ReadInto(const AskedRead& asked, v1::LeadAnswer* lead);
std::optional<http::Response> ReadInto(const AskedRead& asked, v1::Pipeline* pipeline);
std::optional<http::Response> ReadInto(const AskedRead& asked, LeadPage* page);

// Answers a route of the kind kRead, except unsubscribe links and outcomes of writes. Thread-safe.
http::Response ReadLeads(const AskedRead& asked);

}  // namespace leadpulse::serve
