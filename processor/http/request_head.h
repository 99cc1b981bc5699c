// Checks a request's line and headers before its body arrives.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "processor/http/handler.h"

namespace leadpulse::http {

// Codes of RFC 9110 §15 and RFC 6585 that only the server answers.
inline constexpr unsigned int kUriTooLong = 414, kHeadersTooLarge = 431, kNotImplemented = 501;

// Returns the path of a request's target, which may name scheme and host (RFC 9112 §3.2.2).
std::string_view PathOfTarget(std::string_view target);

// Refuses a method that HTTP does not have (RFC 9110 §9.1).
std::optional<Response> CheckMethod(std::string_view method);

// Refuses a request that names no host, several, or one that cannot be (RFC 9112 §3.2).
std::optional<Response> CheckHost(std::span<const Header> headers, std::string_view version);

// Returns the unescaped path; nullopt if an escape is malformed, or is a NUL or a slash: a proxy in front may read that
// as another path. With `takes_slashes` an escaped slash becomes a NUL.
std::optional<std::string> DecodedPath(std::string_view raw, bool takes_slashes = false);

// Refuses a request if two programs could disagree about the end of its body (RFC 9112 §6.3 and §11.2): a proxy in
// front could take the rest of the body for the next request.
std::optional<Response> CheckFraming(std::span<const Header> headers, std::string_view version);

// Refuses a request whose target (path and query) or headers are too long, before libmicrohttpd runs out of memory for
// them: that would answer in HTML.
std::optional<Response> CheckSize(size_t target_bytes, std::span<const Header> headers);

// Refuses a request whose body is compressed, has no end, or has an announced length above `max_body_bytes`.
std::optional<Response> CheckBodyHeaders(std::span<const Header> headers, size_t max_body_bytes);

// Returns Request::client of an address.
std::string ClientOf(const sockaddr* address);

Response BodyTooLong(size_t max_body_bytes);

}  // namespace leadpulse::http
