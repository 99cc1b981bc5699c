#include "processor/receiver/request_head.h"

#include <microhttpd.h>

#include <charconv>
#include <cstdint>

#include "processor/base/text.h"

namespace leadpulse::receiver {

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

PostAnswer RefusalOf(GatheredBody::Taken taken, const BodyLimits& limits) {
  if (taken == GatheredBody::Taken::kTooLong) {
    return {kContentTooLarge, "a body may have at most " + std::to_string(limits.one) + " bytes"};
  }
  return {kUnavailable, "too much is being received at once; post it again later"};
}

std::optional<PostAnswer> AnswerToHead(MHD_Connection* connection, bool path_is_known, std::string_view method,
                                       bool stopping, const BodyLimits& limits) {
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
  if (error == std::errc::result_out_of_range || bytes > limits.one) {
    return RefusalOf(GatheredBody::Taken::kTooLong, limits);
  }
  return std::nullopt;
}

}  // namespace leadpulse::receiver
