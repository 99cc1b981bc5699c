#include "processor/receiver/request_head.h"

#include <microhttpd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "processor/base/text.h"
#include "processor/webhooks/digests.h"

namespace leadpulse::receiver {
namespace {

// RFC 9110 §5.6.2. A blank before the colon is the usual way to hide a header from one of two programs.
bool IsToken(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string HeaderOf(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? "" : value;
}

std::vector<webhooks::Header> HeadersOf(MHD_Connection* connection) {
  std::vector<webhooks::Header> headers;
  const auto add = [](void* list, MHD_ValueKind, const char* name, const char* value) {
    static_cast<std::vector<webhooks::Header>*>(list)->push_back({name, value == nullptr ? "" : value});
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add, &headers);
  return headers;
}

std::optional<std::string> DecodedPath(std::string_view raw) {
  std::string path;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      path += raw[i];
      continue;
    }
    const std::optional<std::string> byte = webhooks::FromHex(raw.substr(i + 1, 2));
    if (!byte || byte->size() != 1 || *byte == "/" || byte->front() == '\0') return std::nullopt;
    path += *byte;
    i += 2;
  }
  return path;
}

std::optional<PostAnswer> RefusalOfFraming(MHD_Connection* connection, std::string_view version) {
  const std::vector<webhooks::Header> headers = HeadersOf(connection);
  size_t lengths = 0;
  size_t encodings = 0;
  for (const webhooks::Header& header : headers) {
    if (!IsToken(header.name)) return PostAnswer{kBadRequest, "a header's name holds what no name may"};
    lengths += EqualsFolded(header.name, "content-length") ? 1 : 0;
    if (!EqualsFolded(header.name, "transfer-encoding")) continue;
    ++encodings;
    if (!EqualsFolded(header.value, "chunked")) return PostAnswer{kBadRequest, "Transfer-Encoding is not chunked"};
  }
  if (lengths + encodings > 1) return PostAnswer{kBadRequest, "more than one Content-Length or Transfer-Encoding"};
  if (encodings > 0 && version == MHD_HTTP_VERSION_1_0) return PostAnswer{kBadRequest, "HTTP/1.0 has no chunks"};
  return std::nullopt;
}

PostAnswer RefusalOf(GatheredBody::Taken taken, size_t max_body_bytes) {
  if (taken == GatheredBody::Taken::kTooLong) {
    return {kContentTooLarge, "a body may have at most " + std::to_string(max_body_bytes) + " bytes"};
  }
  return {kUnavailable, "too much is being received at once; post it again later"};
}

std::optional<PostAnswer> AnswerToHead(MHD_Connection* connection, bool path_is_known, std::string_view method,
                                       bool stopping, size_t max_body_bytes) {
  if (!path_is_known) return PostAnswer{kNotFound, "no source has this path"};
  // Some providers ask so whether there is anybody before they take a webhook's address.
  if (method == MHD_HTTP_METHOD_HEAD) return PostAnswer{};
  if (method != MHD_HTTP_METHOD_POST) return PostAnswer{kMethodNotAllowed, "only POST and HEAD"};
  if (stopping) return PostAnswer{kUnavailable, "the receiver is stopping; post it again later"};
  const std::string encoding = AsciiLower(HeaderOf(connection, MHD_HTTP_HEADER_CONTENT_ENCODING));
  if (!encoding.empty() && encoding != "identity") {
    return PostAnswer{kUnsupportedMediaType, "a body must not be compressed"};
  }
  const std::string length = HeaderOf(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
  if (length.empty() && HeaderOf(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING).empty()) {
    return PostAnswer{kLengthRequired, "neither Content-Length nor chunks"};
  }
  uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (error == std::errc::result_out_of_range || bytes > max_body_bytes) {
    return RefusalOf(GatheredBody::Taken::kTooLong, max_body_bytes);
  }
  return std::nullopt;
}

}  // namespace leadpulse::receiver
