// IP addresses and networks.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::http {

// An IP address; an IPv4 address is mapped into IPv6.
using IpAddress = std::array<uint8_t, 16>;

// Parses an IPv4 or IPv6 address; nullopt if the text is no address.
std::optional<IpAddress> ParseIpAddress(const std::string& text);
// Returns the address of a socket; nullopt if it is of another family.
std::optional<IpAddress> AddressOf(const sockaddr* socket);
bool IsIpv4(const IpAddress& address);

// Networks. Immutable.
class IpNetworks {
 public:
  // Makes an empty list.
  IpNetworks() = default;
  // Parses addresses and networks, such as `192.0.2.1`, `10.0.0.0/8` and `fd00::/8`. Rejected if one is neither.
  static Result<IpNetworks> Parse(const std::vector<std::string>& networks);

  bool Has(const IpAddress& address) const;

 private:
  struct Network {
    IpAddress address;
    uint32_t bits;
  };

  std::vector<Network> networks_;
};

// Whether the address may be that of another machine in the Internet: it is not this machine's, of a private or local
// network, for documentation, or a way to an IPv4 address (the registries of special-purpose addresses, RFC 6890).
bool IsPublic(const IpAddress& address);

}  // namespace leadpulse::http
