// Proxies in front of a server, which say in X-Forwarded-For which client sent a request.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "processor/http/handler.h"

namespace leadpulse::http {

// An IP address; an IPv4 address is mapped into IPv6.
using IpAddress = std::array<uint8_t, 16>;

// Parses an IPv4 or IPv6 address; nullopt if it is none.
std::optional<IpAddress> ParseIpAddress(const std::string& text);

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
  struct Network {
    IpAddress address;
    uint32_t bits;
  };

  bool Has(const IpAddress& address) const;

  std::vector<Network> networks_;
};

}  // namespace leadpulse::http
