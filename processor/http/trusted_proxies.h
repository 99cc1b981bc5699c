// Proxies in front of a server, which say in X-Forwarded-For which client sent a request.
#pragma once

#include <sys/socket.h>

#include <span>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/http/ip_networks.h"

namespace leadpulse::http {

// The networks of the proxies. Immutable.
class TrustedProxies {
 public:
  // Makes a list without proxies.
  TrustedProxies() = default;
  // Parses addresses and networks, such as `192.0.2.1`, `10.0.0.0/8` and `fd00::/8`. Rejected if one is neither.
  static Result<TrustedProxies> Parse(const std::vector<std::string>& networks);

  // Returns Request::client: that of `peer`, the other end of the connection, or if it is a trusted proxy that of the
  // last address in X-Forwarded-For that is no trusted proxy. A client can write what it likes before that one.
  std::string ClientOf(const sockaddr* peer, std::span<const Header> headers) const;

 private:
  IpNetworks networks_;
};

}  // namespace leadpulse::http
