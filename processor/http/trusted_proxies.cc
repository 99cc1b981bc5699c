#include "processor/http/trusted_proxies.h"

#include <netinet/in.h>

#include <algorithm>
#include <ranges>

#include "processor/base/text.h"
#include "processor/http/request_head.h"

namespace leadpulse::http {
namespace {

std::string ClientAt(const IpAddress& address) {
  if (IsIpv4(address)) {
    sockaddr_in from{};
    from.sin_family = AF_INET;
    std::copy(address.end() - sizeof from.sin_addr, address.end(), reinterpret_cast<uint8_t*>(&from.sin_addr));
    return ClientOf(reinterpret_cast<const sockaddr*>(&from));
  }
  sockaddr_in6 from{};
  from.sin6_family = AF_INET6;
  std::ranges::copy(address, from.sin6_addr.s6_addr);
  return ClientOf(reinterpret_cast<const sockaddr*>(&from));
}

// Returns the address without a port: `192.0.2.1:443` and `[2001:db8::1]:443` are in use, too.
std::string WithoutPort(std::string_view text) {
  if (text.starts_with('[')) return std::string(text.substr(1, text.find(']') - 1));
  const bool has_port = std::ranges::count(text, ':') == 1;
  return std::string(text.substr(0, has_port ? text.find(':') : text.size()));
}

// Returns the elements of all X-Forwarded-For headers, the last first.
std::vector<std::string_view> ForwardedFor(std::span<const Header> headers) {
  std::vector<std::string_view> elements;
  for (const Header& header : headers) {
    if (!EqualsFolded(header.name, "x-forwarded-for")) continue;
    std::string_view left = header.value;
    while (true) {
      const size_t end = left.find(',');
      elements.push_back(TrimAsciiSpace(left.substr(0, end)));
      if (end == std::string_view::npos) break;
      left.remove_prefix(end + 1);
    }
  }
  std::ranges::reverse(elements);
  return elements;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::Parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  LP_ASSIGN_OR_RETURN(proxies.networks_, IpNetworks::Parse(networks));
  return proxies;
}

std::string TrustedProxies::ClientOf(const sockaddr* peer, std::span<const Header> headers) const {
  std::optional<IpAddress> client = AddressOf(peer);
  if (!client || !networks_.Has(*client)) return http::ClientOf(peer);
  for (const std::string_view element : ForwardedFor(headers)) {
    const std::optional<IpAddress> address = ParseIpAddress(WithoutPort(element));
    if (!address) break;  // no proxy writes that: all before it may be the client's words
    client = address;
    if (!networks_.Has(*client)) break;
  }
  return ClientAt(*client);
}

}  // namespace leadpulse::http
