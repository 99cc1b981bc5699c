// People whom a proxy in front of Leadpulse has logged in, for example with OpenID Connect. The proxy names them in a
// header, and proves its identity with a secret.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

inline constexpr std::string_view kProxySecretHeader = "x-leadpulse-proxy-secret";

struct ProxySettings {
  std::string user_header;    // has the name of the user; lower case. Empty: no proxy logs people in
  std::string tenant_header;  // has the tenant; lower case. Empty: the only tenant of the front
  std::string secret;         // what kProxySecretHeader must have
};

// The user that the proxy names.
struct ProxyUser {
  std::string name;
  std::string tenant;  // empty: the only tenant of the front
};

// Returns the user whom the proxy has logged in; nullopt if none. Rejected if the request names a user without
// the right secret, or has one of the headers twice: a client may have added one.
Result<std::optional<ProxyUser>> ProxyUserIn(std::span<const http::Header> headers, const ProxySettings& settings);

}  // namespace leadpulse::serve
