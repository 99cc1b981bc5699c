// The cookie of a person who is logged in: its value is the secret of the session (session_store.h).
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::serve {

// Returns the secret in a `Cookie` header. Empty without a session, and with two: another site of the domain may have
// set one of them.
std::string SessionIn(std::string_view cookies);
// Returns the value of a `Set-Cookie` header: HttpOnly, SameSite=Lax, for twelve hours; Secure if `is_secure`, which
// means that people reach the front by https alone. An empty secret removes the cookie.
std::string SessionCookie(std::string_view secret, bool is_secure);

}  // namespace leadpulse::serve
