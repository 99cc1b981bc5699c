// A request for a page, and the parts of the front that pages use.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/http/form.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/access/rate_limiter.h"
#include "processor/serve/access/session_store.h"
#include "processor/serve/access/view_store.h"
#include "processor/serve/api/dispatch/lead_api.h"
#include "processor/serve/api/jobs/upload_sink.h"
#include "processor/serve/pages/lead_numbers.h"
#include "processor/serve/pages/proxy_login.h"

namespace leadpulse::serve {

// The objects that pages use. All must outlive the pages.
struct PageParts {
  LeadApi* api;  // the only way by which pages read and write leads
  access::AccessStore* store;
  access::SessionStore* sessions;
  access::ViewStore* views;
  access::NoticeStore* notices;
  access::RateLimiter* logins;  // limits sessions begun by a proxy, and changes of a password, each user's
  bool is_secure;               // people reach the front by https alone
  ProxySettings proxy;
  const Clock* clock;
  LeadNumbers* numbers = nullptr;  // set by Pages
};

// A request for a page. Does not own the parts.
struct PageRequest {
  const PageParts* parts = nullptr;
  std::string_view method;  // `GET` or `POST`
  std::string path;
  std::string query;                        // the query string, as it was sent
  std::vector<http::FormField> parameters;  // in the query string; UTF-8
  std::vector<http::FormField> form;        // in the body; UTF-8
  std::shared_ptr<UploadSink> upload;       // the file of the form; nullptr: none
  std::string client;                       // http::Request::client
  std::string session;                      // the secret of the session; empty: no login
  std::string look;                         // SetLook's cookie; empty: none
  std::string device;                       // SessionStore::MakeDevice, of the last login; empty: none
  std::optional<ProxyUser> proxy_user;      // whom a proxy has logged in
  access::Principal user;                   // the user of the session
  std::string form_token;                   // SessionStore::FormToken
  bool is_from_elsewhere = false;           // another site sent it, as the browser says in Sec-Fetch-Site
  std::string new_session;                  // begun by this request, so its answer sets the cookie

  // Returns the last value with that name; empty if none.
  std::string_view Parameter(std::string_view name) const { return http::LastOf(parameters, name); }
  std::string_view Field(std::string_view name) const { return http::LastOf(form, name); }
  bool Has(std::string_view name) const;  // whether the form has the field, perhaps empty
  // Returns all values with that name, in the order of the form.
  std::vector<std::string> Fields(std::string_view name) const;
};

inline constexpr char kQueryType[] = "application/x-www-form-urlencoded";

// Encodes `name=value&…` as a browser does. Leaves out empty values.
std::string QueryOf(const std::vector<http::FormField>& fields);
// Returns the fields with these names, in the order of the names; the last one of each name, and none that is empty.
std::vector<http::FormField> FieldsNamed(const std::vector<http::FormField>& fields,
                                         std::initializer_list<std::string_view> names);
// Returns the text of a field with LF at line ends, where browsers send CR LF.
std::string WithLineFeeds(std::string_view field);
// Decodes a form or a query string. nullopt: malformed, or not UTF-8.
std::optional<std::vector<http::FormField>> FieldsIn(std::string_view encoded, std::string_view content_type);

}  // namespace leadpulse::serve
