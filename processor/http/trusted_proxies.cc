#include "processor/http/trusted_proxies.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <ranges>

#include "processor/base/text.h"
#include "processor/http/request_head.h"

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

std::optional<IpAddress> AddressOf(const sockaddr* peer) {
  if (peer->sa_family == AF_INET) return Mapped(reinterpret_cast<const sockaddr_in*>(peer)->sin_addr);
  if (peer->sa_family == AF_INET6) return BytesOf(reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr);
  return std::nullopt;
}

bool IsIpv4(const IpAddress& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](uint8_t byte) { return byte == 0; }) &&
         address[10] == 0xff && address[11] == 0xff;
}

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

std::optional<IpAddress> ParseIpAddress(const std::string& text) {
  in_addr ipv4{};
  if (inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return Mapped(ipv4);
  in6_addr ipv6{};
  if (inet_pton(AF_INET6, text.c_str(), &ipv6) == 1) return BytesOf(ipv6);
  return std::nullopt;
}

Result<TrustedProxies> TrustedProxies::Parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
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
    proxies.networks_.push_back({*address, *bits + kAddressBits - most});
  }
  return proxies;
}

bool TrustedProxies::Has(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&address](const Network& network) {
    const uint32_t whole = network.bits / kByteBits, rest = network.bits % kByteBits;
    if (!std::equal(address.begin(), address.begin() + whole, network.address.begin())) return false;
    return rest == 0 || ((address[whole] ^ network.address[whole]) >> (kByteBits - rest)) == 0;
  });
}

std::string TrustedProxies::ClientOf(const sockaddr* peer, std::span<const Header> headers) const {
  std::optional<IpAddress> client = AddressOf(peer);
  if (!client || !Has(*client)) return http::ClientOf(peer);
  for (const std::string_view element : ForwardedFor(headers)) {
    const std::optional<IpAddress> address = ParseIpAddress(WithoutPort(element));
    if (!address) break;  // no proxy writes that: all before it may be the client's words
    client = address;
    if (!Has(*client)) break;
  }
  return ClientAt(*client);
}

}  // namespace leadpulse::http
