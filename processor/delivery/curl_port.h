// HTTP through libcurl: TLS is verified, redirects are not followed.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "processor/delivery/http_port.h"

namespace leadpulse::delivery {

struct CurlOptions {
  std::string url;                            // http or https
  std::string ca_file;                        // PEM; empty: the system's
  std::chrono::milliseconds timeout{30'000};  // for a post and its whole answer; a third of it to connect
};

// How long a running post may continue after `stop` becomes true. An answer avoids a duplicate.
inline constexpr std::chrono::seconds kTimeToStop{5};

// Rejected: the address cannot be posted to, or the CA file cannot be used. Posts share a connection. As curl does, it
// reads the proxy from the environment (`https_proxy`). Owned and called by one thread; `stop` outlives it.
Result<std::unique_ptr<HttpPort>> MakeCurlPort(const CurlOptions& options, const std::atomic<bool>& stop);

// The part of an address that messages may show: scheme, host and port. Its path and query may contain a secret. Shows
// no part of a text that is not an address.
std::string ShownAddress(const std::string& url);

}  // namespace leadpulse::delivery
