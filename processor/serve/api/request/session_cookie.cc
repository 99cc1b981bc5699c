#include "processor/serve/api/request/session_cookie.h"

#include "processor/base/text.h"
#include "processor/serve/access/session_store.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kSessionName = "leadpulse_session", kDeviceName = "leadpulse_device",
                           kLookName = "leadpulse_look";
constexpr int64_t kYear = int64_t{365} * 24 * 60 * 60;

// Returns the value of the cookie; empty if there is none or there are two.
std::string CookieIn(std::string_view cookies, std::string_view name) {
  std::string value;
  while (!cookies.empty()) {
    const size_t end = cookies.find(';');
    const std::string_view pair = TrimAsciiSpace(cookies.substr(0, end));
    cookies.remove_prefix(end == std::string_view::npos ? cookies.size() : end + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (!value.empty()) return {};
    value = pair.substr(equals + 1);
  }
  return value;
}

std::string SetCookie(std::string_view name, std::string_view value, int64_t life_seconds, bool is_secure) {
  return Concat({name, "=", value, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=", std::to_string(life_seconds),
                 is_secure ? "; Secure" : ""});
}

}  // namespace

std::string SessionIn(std::string_view cookies) { return CookieIn(cookies, kSessionName); }

std::string DeviceIn(std::string_view cookies) { return CookieIn(cookies, kDeviceName); }

std::string LookIn(std::string_view cookies) { return CookieIn(cookies, kLookName); }

std::string SessionCookie(std::string_view secret, bool is_secure) {
  return SetCookie(kSessionName, secret, secret.empty() ? 0 : access::kSessionLife.count() / 1'000, is_secure);
}

std::string DeviceCookie(std::string_view mark, bool is_secure) {
  return SetCookie(kDeviceName, mark, kYear, is_secure);
}

std::string LookCookie(std::string_view look, bool is_secure) { return SetCookie(kLookName, look, kYear, is_secure); }

}  // namespace leadpulse::serve
