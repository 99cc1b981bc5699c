#include "processor/serve/api/request/session_cookie.h"

#include "processor/base/text.h"
#include "processor/serve/access/session_store.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kSessionName = "leadpulse_session";

}  // namespace

std::string SessionIn(std::string_view cookies) {
  std::string secret;
  while (!cookies.empty()) {
    const size_t end = cookies.find(';');
    const std::string_view pair = TrimAsciiSpace(cookies.substr(0, end));
    cookies.remove_prefix(end == std::string_view::npos ? cookies.size() : end + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != kSessionName) continue;
    if (!secret.empty()) return {};
    secret = pair.substr(equals + 1);
  }
  return secret;
}

std::string SessionCookie(std::string_view secret, bool is_secure) {
  const int64_t seconds = secret.empty() ? 0 : access::kSessionLife.count() / 1'000;
  return Concat({kSessionName, "=", secret, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=", std::to_string(seconds),
                 is_secure ? "; Secure" : ""});
}

}  // namespace leadpulse::serve
