// A request for a page, and what a page is made with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/access/rate_limiter.h"
#include "processor/serve/access/session_store.h"
#include "processor/serve/access/view_store.h"
#include "processor/serve/api/lead_api.h"
#include "processor/webhooks/form.h"

namespace leadpulse::serve {

// All outlive the pages.
struct PageParts {
  LeadApi* api;  // pages read and write leads through it alone
  access::AccessStore* store;
  access::SessionStore* sessions;
  access::ViewStore* views;
  access::RateLimiter* logins;  // tries to log in, by client
  bool is_secure;               // people reach the front by https alone
  const Clock* clock;
};

struct PageRequest {
  std::string_view method;  // `GET` or `POST`
  std::string path;
  std::string query;                            // after the `?`, as it was sent
  std::vector<webhooks::FormField> parameters;  // of the query; UTF-8
  std::vector<webhooks::FormField> form;        // of the body; UTF-8
  std::string client;                           // http::Request::client
  std::string session;                          // the secret of the session; empty: nobody is logged in
  access::Principal user;                       // of the session
  std::string form_token;                       // SessionStore::FormToken

  // The last value with that name; empty if there is none.
  std::string_view Parameter(std::string_view name) const { return webhooks::LastOf(parameters, name); }
  std::string_view Field(std::string_view name) const { return webhooks::LastOf(form, name); }
  bool Has(std::string_view name) const;  // in the form, even if it is empty
  // All values with that name, in the order of the form.
  std::vector<std::string> Fields(std::string_view name) const;
};

inline constexpr char kQueryType[] = "application/x-www-form-urlencoded";

// `name=value&…`, as a browser sends a form. Empty values are left out.
std::string QueryOf(const std::vector<webhooks::FormField>& fields);
// nullopt: it cannot be read, or is no UTF-8.
std::optional<std::vector<webhooks::FormField>> FieldsIn(std::string_view encoded, std::string_view content_type);

}  // namespace leadpulse::serve
