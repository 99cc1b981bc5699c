// Pages to log in and out, and to change one's own password.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Returns the limits of logins: a client may try 20 times, then once a second.
access::RateLimits LoginRates();

// Ends the session of the request, if it has one, and begins one of `user`. Returns its secret.
Result<std::string> ReplaceSession(const access::Principal& user, const PageRequest& request);
// Returns `named`, or if that is empty the only tenant of the front; empty if there are several.
Result<std::string> TenantOf(std::string_view named, access::AccessStore* store);

// Answers a form that came without a session. Says that nothing was saved, shows the user's input, and asks to log in.
http::Response SessionEnded(const PageRequest& request);

}  // namespace leadpulse::serve
