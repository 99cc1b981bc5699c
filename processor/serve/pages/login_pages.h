// Logging in and out, and one's own password.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// How often a client may try: once a second after the first 20.
access::RateLimits LoginRates();

http::Answer ShowLogin(const PageRequest& request, const PageParts& parts);
// A wrong password, an unknown user and a refusal after wrong ones look the same. The
// session is a new one, whatever cookie the browser had.
http::Answer LogIn(const PageRequest& request, const PageParts& parts);
http::Answer LogOut(const PageRequest& request, const PageParts& parts);
// To the first page of the user.
http::Answer ShowStart(const PageRequest& request, const PageParts& parts);
http::Answer ShowPassword(const PageRequest& request, const PageParts& parts);
// Ends all sessions of the user but a new one for this browser.
http::Answer ChangePassword(const PageRequest& request, const PageParts& parts);

}  // namespace leadpulse::serve
