// The cookies of a person: the secret of the session while logged in, and the mark of the device (session_store.h).
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::serve {

// Returns the secret in a `Cookie` header. Empty without a session, and with two: another site of the domain may have
// set one of them.
std::string SessionIn(std::string_view cookies);
// Returns the mark of the device likewise.
std::string DeviceIn(std::string_view cookies);
// Returns how the pages look to this browser (page_frame.cc) likewise.
std::string LookIn(std::string_view cookies);
// Returns the value of a `Set-Cookie` header of the session: HttpOnly, SameSite=Lax, for twelve hours; Secure if
// `is_secure`, which means that people reach the front by https alone. An empty secret removes the cookie.
std::string SessionCookie(std::string_view secret, bool is_secure);
// Returns the value of the header for the mark of the device, which stays for a year after the last login.
std::string DeviceCookie(std::string_view mark, bool is_secure);
// Returns the value of the header for the look, which stays for a year.
std::string LookCookie(std::string_view look, bool is_secure);

}  // namespace leadpulse::serve
