// An HTTP server on its own threads, over libmicrohttpd. A process may have several; they share nothing.
//
// A few threads serve all connections and wait for none of them (epoll). While a handler prepares an answer, the
// request is suspended and takes no thread. Slow, silent or endless clients do not keep others out: at a limit, the
// connection that has been idle longest is closed (open_connections.h), and the largest body that is still arriving is
// dropped (body_memory_budget.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/body_memory_budget.h"
#include "processor/http/handler.h"
#include "processor/http/trusted_proxies.h"

namespace leadpulse::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric, IPv4 or IPv6
  uint16_t port = 0;                  // 0: any free port
  std::string path;                   // listens on this Unix socket instead of address and port; empty: none
  std::string certificate;            // PEM, with the chain; empty: no TLS
  std::string key;                    // PEM; never logged
  std::string client_ca;  // PEM: only clients with a certificate signed by it; empty: all clients; needs TLS
  unsigned int threads = 2;
  size_t connections = 512;
  // Bytes for a request line and its headers, and the window in which a body arrives.
  // Requests whose target or headers are too long are answered with 414 or 431 (request_head.h); beyond this memory
  // libmicrohttpd answers by itself, in HTML.
  size_t connection_memory = 32 << 10;
  // A connection without traffic for this time is closed. CloseLate also closes those whose client takes longer for a
  // complete request, counted from the connection or its last response.
  std::chrono::seconds timeout{30};
  // Whether paths may contain %2F, a slash within a name, which Request::path has as NUL. Otherwise such a path is
  // refused: a proxy in front may read it as another path.
  bool takes_escaped_slashes = false;
  std::chrono::seconds retry_after{5};  // sent with each 503; 0: not sent
  TrustedProxies proxies;               // who may name the client
  BodyLimits bodies;
};

// Each request has an id, for the log, which handlers find as its header `x-request-id`, and clients as that of the
// answer. What a client sends under this name is ignored.
class Server {
 public:
  // Starts a server. Rejected if the address, the port, the certificate or the key is wrong; the message says which.
  // `handler` and `clock` outlive this.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Handler* handler, const Clock* clock);
  // Stops the server. Every request that was passed on must have its answer. The handler is not called afterwards.
  virtual ~Server() = default;

  virtual uint16_t port() const = 0;
  // Closes connections whose client takes too long. Call it every second or so.
  virtual void CloseLate() = 0;
  // Accepts no more connections, and answers new requests on open connections with 503. Call it at most once.
  virtual void StopListening() = 0;
  // Returns the number of requests whose headers have arrived and whose response has not been sent.
  virtual size_t requests() const = 0;
  virtual size_t connections() const = 0;
  virtual size_t body_bytes() const = 0;
};

}  // namespace leadpulse::http
