#include "processor/http/request_head.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

#include "processor/base/text.h"

namespace leadpulse::http {
namespace {

// Whether it is a token (RFC 9110 §5.6.2). A blank before the colon is the usual way to hide a header from one of two
// programs.
bool IsToken(std::string_view name) { return !name.empty() && IsAlphanumeric(name, "!#$%&'*+-.^_`|~"); }

// A rule is the longest value in a query.
constexpr size_t kMostTargetBytes = 24 << 10, kMostHeadBytes = 24 << 10;

Response BadRequest(const char* why) { return {kBadRequest, std::string(why) + "\n"}; }

}  // namespace

std::string_view HeaderOf(std::span<const Header> headers, std::string_view lower_case_name) {
  const auto found =
      std::ranges::find_if(headers, [&](const Header& h) { return EqualsFolded(h.name, lower_case_name); });
  return found == headers.end() ? std::string_view() : found->value;
}

std::string_view PathOfTarget(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (AsciiLower(target.substr(0, scheme.size())) != scheme) continue;
    const size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

std::optional<Response> CheckMethod(std::string_view method) {
  constexpr std::string_view kMethods[] = {"GET",    "HEAD",    "POST",    "PUT",   "PATCH",
                                           "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY"};
  if (std::ranges::find(kMethods, method) != std::end(kMethods)) return std::nullopt;
  return Response{kNotImplemented, "there is no such method; methods are written in capitals\n"};
}

std::optional<Response> CheckHost(std::span<const Header> headers, std::string_view version) {
  size_t hosts = 0;
  for (const Header& header : headers) {
    if (!EqualsFolded(header.name, "host")) continue;
    ++hosts;
    // A name, an address in brackets, or nothing; and a port (RFC 3986 §3.2.2).
    if (!header.value.empty() && !IsAlphanumeric(header.value, "-._~%!$&'()*+,;=:[]")) {
      return BadRequest("Host has a character that is not allowed");
    }
  }
  if (hosts > 1) return BadRequest("more than one Host");
  if (hosts == 0 && version == "HTTP/1.1") return BadRequest("HTTP/1.1 needs the header Host");
  return std::nullopt;
}

std::optional<std::string> DecodedPath(std::string_view raw, bool takes_slashes) {
  std::string path;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      path += raw[i];
      continue;
    }
    const std::string_view digits = raw.substr(i + 1, 2);
    unsigned int byte = 0;
    const char* end = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16).ptr;
    if (digits.size() != 2 || end != digits.data() + 2 || byte == '\0') return std::nullopt;
    if (byte == '/' && !takes_slashes) return std::nullopt;
    path += byte == '/' ? '\0' : static_cast<char>(byte);
    i += 2;
  }
  return path;
}

std::optional<Response> CheckSize(size_t target_bytes, std::span<const Header> headers) {
  if (target_bytes > kMostTargetBytes) {
    return Response{kUriTooLong,
                    Concat({"an address may have at most ", std::to_string(kMostTargetBytes), " bytes\n"})};
  }
  size_t bytes = 0;
  for (const Header& header : headers) bytes += header.name.size() + header.value.size();
  if (bytes <= kMostHeadBytes) return std::nullopt;
  return Response{kHeadersTooLarge,
                  Concat({"the headers may have at most ", std::to_string(kMostHeadBytes), " bytes together\n"})};
}

std::optional<Response> CheckFraming(std::span<const Header> headers, std::string_view version) {
  size_t lengths = 0;
  size_t encodings = 0;
  for (const Header& header : headers) {
    if (!IsToken(header.name)) return BadRequest("a header's name has a character that is not allowed");
    const bool is_length = EqualsFolded(header.name, "content-length");
    lengths += is_length ? 1 : 0;
    if (is_length && (header.value.empty() || header.value.find_first_not_of("0123456789") != std::string_view::npos)) {
      return BadRequest("Content-Length is no number");
    }
    if (!EqualsFolded(header.name, "transfer-encoding")) continue;
    ++encodings;
    if (!EqualsFolded(header.value, "chunked")) return BadRequest("Transfer-Encoding is not chunked");
  }
  if (lengths + encodings > 1) return BadRequest("more than one Content-Length or Transfer-Encoding");
  if (encodings > 0 && version == "HTTP/1.0") return BadRequest("HTTP/1.0 has no chunks");
  return std::nullopt;
}

std::optional<Response> CheckBodyHeaders(std::span<const Header> headers, size_t max_body_bytes) {
  const std::string_view encoding = HeaderOf(headers, "content-encoding");
  if (!encoding.empty() && !EqualsFolded(encoding, "identity")) {
    return Response{kUnsupportedMediaType, "a body must not be compressed\n"};
  }
  const std::string_view length = HeaderOf(headers, "content-length");
  if (length.empty() && HeaderOf(headers, "transfer-encoding").empty()) {
    return Response{kLengthRequired, "neither Content-Length nor chunks\n"};
  }
  uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (error == std::errc::result_out_of_range || bytes > max_body_bytes) return BodyTooLong(max_body_bytes);
  return std::nullopt;
}

std::string ClientOf(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address->sa_family == AF_INET) {
    const auto& from = reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
    return inet_ntop(AF_INET, &from, text, sizeof text) == nullptr ? "" : text;
  }
  if (address->sa_family != AF_INET6) return {};
  in6_addr network = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  constexpr size_t kNetworkBytes = 8;
  if (!IN6_IS_ADDR_V4MAPPED(&network)) std::fill(network.s6_addr + kNetworkBytes, std::end(network.s6_addr), 0);
  return inet_ntop(AF_INET6, &network, text, sizeof text) == nullptr ? "" : text;
}

Response BodyTooLong(size_t max_body_bytes) {
  return {kContentTooLarge, "a body may have at most " + std::to_string(max_body_bytes) + " bytes\n"};
}

}  // namespace leadpulse::http
