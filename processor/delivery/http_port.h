// The port through which the delivery posts over HTTP.
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
  // Headers are `Name: value`. Retriable: no complete answer came, so the post may have arrived or not. Rejected: posts
  // to this address can never succeed.
  virtual Result<HttpAnswer> Post(std::string_view body, const std::vector<std::string>& headers) = 0;
};

}  // namespace leadpulse::delivery
