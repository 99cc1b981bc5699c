// The HTTP server that email providers post to.
//
// A few threads serve all connections without waiting for any (libmicrohttpd, epoll). A request whose records are being
// made durable is suspended, and takes neither thread nor time. Whoever is slow, silent or never ends keeps nobody
// else out: see open_connections.h and body_room.h for what happens where room is short.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/receiver/body_room.h"
#include "processor/receiver/post_handler.h"

namespace leadpulse::receiver {

struct FrontOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, as digits
  uint16_t port = 0;                  // 0: any that is free
  std::string certificate;            // PEM, with the chain; empty: no TLS
  std::string key;                    // PEM; never logged
  unsigned int threads = 2;
  size_t connections = 512;  // one beyond, and that which has been waited for longest makes way
  // So long a client may take for a whole request, from its connection or its last answer on, and for its answer.
  std::chrono::seconds patience{30};
  std::chrono::seconds retry_after{5};  // said with 503
  BodyLimits bodies;
};

class HttpFront {
 public:
  // Rejected: the address, the port, the certificate or the key; the message says which. `handler` and `clock` outlive
  // this.
  static Result<std::unique_ptr<HttpFront>> Start(const FrontOptions& options, PostHandler* handler,
                                                  const Clock* clock);
  // Every post must have its answer: what takes them has to be closed before.
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  uint16_t port() const;
  // Closes those that take too long; to be called every second or so.
  void CloseLate();
  // From now on nobody can connect, and new requests on open connections are answered 503. Once.
  void StopListening();
  // Requests that are under way: their headers have come, their answer has not gone.
  size_t requests() const;
  size_t connections() const;
  size_t body_bytes() const;

 private:
  class Impl;
  explicit HttpFront(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace leadpulse::receiver
