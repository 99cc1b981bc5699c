#include "processor/http/ip_networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string_view>

#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse::http {
namespace {

constexpr uint32_t kAddressBits = 128;
constexpr uint32_t kBitsBeforeIpv4 = 96;
constexpr uint32_t kByteBits = 8;

IpAddress Mapped(const in_addr& address) {
  IpAddress mapped{};
  mapped[10] = mapped[11] = 0xff;
  const auto* bytes = reinterpret_cast<const uint8_t*>(&address);
  std::copy(bytes, bytes + sizeof address, mapped.begin() + kBitsBeforeIpv4 / kByteBits);
  return mapped;
}

IpAddress BytesOf(const in6_addr& address) {
  IpAddress bytes;
  std::ranges::copy(address.s6_addr, bytes.begin());
  return bytes;
}

const IpNetworks& NotPublic() {
  static const Result<IpNetworks> networks = IpNetworks::Parse(
      {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
       "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
       "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
  LP_ASSERT(networks.ok());
  return *networks;
}

// Returns the network from which registries give addresses to machines.
const IpNetworks& Unicast() {
  static const Result<IpNetworks> networks = IpNetworks::Parse({"2000::/3"});
  LP_ASSERT(networks.ok());
  return *networks;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(const std::string& text) {
  in_addr ipv4{};
  if (inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return Mapped(ipv4);
  in6_addr ipv6{};
  if (inet_pton(AF_INET6, text.c_str(), &ipv6) == 1) return BytesOf(ipv6);
  return std::nullopt;
}

std::optional<IpAddress> AddressOf(const sockaddr* socket) {
  if (socket->sa_family == AF_INET) return Mapped(reinterpret_cast<const sockaddr_in*>(socket)->sin_addr);
  if (socket->sa_family == AF_INET6) return BytesOf(reinterpret_cast<const sockaddr_in6*>(socket)->sin6_addr);
  return std::nullopt;
}

bool IsIpv4(const IpAddress& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](uint8_t byte) { return byte == 0; }) &&
         address[10] == 0xff && address[11] == 0xff;
}

Result<IpNetworks> IpNetworks::Parse(const std::vector<std::string>& networks) {
  IpNetworks made;
  for (const std::string& text : networks) {
    const size_t slash = text.find('/');
    const std::optional<IpAddress> address = ParseIpAddress(text.substr(0, slash));
    const bool is_ipv4 = address && text.find(':') == std::string::npos;
    const uint32_t most = is_ipv4 ? kAddressBits - kBitsBeforeIpv4 : kAddressBits;
    const auto bits = slash == std::string::npos ? std::optional(most)
                                                 : ParseInteger<uint32_t>(std::string_view(text).substr(slash + 1));
    if (!address || !bits || *bits > most) {
      return Status::Rejected(text + " is neither an IP address nor a network such as 10.0.0.0/8");
    }
    made.networks_.push_back({*address, *bits + kAddressBits - most});
  }
  return made;
}

bool IpNetworks::Has(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&address](const Network& network) {
    const uint32_t whole = network.bits / kByteBits, rest = network.bits % kByteBits;
    if (!std::equal(address.begin(), address.begin() + whole, network.address.begin())) return false;
    return rest == 0 || ((address[whole] ^ network.address[whole]) >> (kByteBits - rest)) == 0;
  });
}

bool IsPublic(const IpAddress& address) {
  return (IsIpv4(address) || Unicast().Has(address)) && !NotPublic().Has(address);
}

}  // namespace leadpulse::http
