// The cookie of a person who is logged in: its value is the secret of the session (session_store.h).
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::serve {

// The secret in a header `Cookie`; empty if there is none, or more than one: another site of the domain has set it.
std::string SessionIn(std::string_view cookies);
// A header `Set-Cookie` with the secret; an empty one removes it. HttpOnly, SameSite=Lax, for twelve hours;
// `is_secure`: people reach the front by https alone.
std::string SessionCookie(std::string_view secret, bool is_secure);

}  // namespace leadpulse::serve
