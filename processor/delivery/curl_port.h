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
  std::chrono::milliseconds timeout{30'000};  // of a post from its begin to the whole answer; to connect, a third
};

// What a post that is under way may still take once `stop` is true: an answer that comes spares a duplicate.
inline constexpr std::chrono::seconds kTimeToStop{5};

// Rejected: not an address that can be posted to, or the CA file cannot be used. The connection is kept between posts;
// a proxy is taken from the environment, as curl does (`https_proxy`). Owned and called by one thread; `stop` outlives
// it.
Result<std::unique_ptr<HttpPort>> MakeCurlPort(const CurlOptions& options, const std::atomic<bool>& stop);

// What messages show of an address: scheme, host and port. Its path and query may hold a secret. Nothing that was in
// the text comes out where it is no address.
std::string ShownAddress(const std::string& url);

}  // namespace leadpulse::delivery
