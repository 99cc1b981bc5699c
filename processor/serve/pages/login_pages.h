// Pages to log in and out, and to change one's own password.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/pages/login_schedule.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Returns the limits of a user whom a proxy logs in, and of changes of a password: 20 times, then once a second.
access::RateLimits LoginRates();

// Returns the attempt that a form of the login is.
LoginAttempt AttemptOf(const PageRequest& request);
// Answers a login whose password was not checked, because too many wait or the front stops.
http::Response LoginRefused(const PageRequest& request, bool is_stopping);

// Ends the session of the request, if it has one, and begins one of `user`. Returns its secret.
Result<std::string> ReplaceSession(const access::Principal& user, const PageRequest& request);
// Returns `named`, or if that is empty the only tenant of the front; empty if there are several.
Result<std::string> TenantOf(std::string_view named, access::AccessStore* store);

// Returns the page of this front that `next` names, to go to after a form; the leads if it names none.
std::string PageAfter(std::string_view next);

// Answers a form that came without a session. Says that nothing was saved, shows the user's input, and asks to log in.
http::Response SessionEnded(const PageRequest& request);

}  // namespace leadpulse::serve
