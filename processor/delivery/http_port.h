// Posting over HTTP, as the delivery needs it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::delivery {

struct HttpAnswer {
  int status = 0;
  std::optional<std::string> retry_after;  // the header
  std::string beginning;                   // of its body
};

// Owned and called by one thread.
class HttpPort {
 public:
  virtual ~HttpPort() = default;
  // Headers as `Name: value`. Retriable: no whole answer came, so nobody knows whether the post did. Rejected: it never
  // will with this address.
  virtual Result<HttpAnswer> Post(std::string_view body, const std::vector<std::string>& headers) = 0;
};

}  // namespace leadpulse::delivery
