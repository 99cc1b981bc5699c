// What operators and their machines ask a running process over HTTP: /metrics, /healthz, /readyz. Nothing else is
// served, nothing can be changed by it, and everyone who gets to the port may read it.
//
// One thread of its own serves all connections, without waiting for any of them. Clients that are slow or silent cannot
// keep others out: where there are too many connections the oldest one makes way, and one on which nothing comes is
// closed after a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::telemetry {

struct HttpOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, as digits
  uint16_t port = 0;                  // 0: any that is free
  size_t connection_limit = 64;       // a request takes milliseconds, and Prometheus makes one at a time
  std::chrono::seconds idle_timeout{5};
};

// Called on the server's thread, one at a time: they must be quick, and must not wait for what may wait for the server.
struct HttpHandlers {
  std::function<std::string()> metrics;  // the page of metrics_page.h
  // Ok while the process makes progress; else why not. What asks (systemd, Kubernetes) ends the process then.
  std::function<Status()> health;
  // Ok once the process does its work; else what it waits for. What asks sends nobody here until then.
  std::function<Status()> ready;
};

class HttpServer {
 public:
  // Rejected: the address is none of this machine's, or the port is taken or not for us; the message says which.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpOptions& options, HttpHandlers handlers);

  // Ends the thread: no handler is called afterwards.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const { return port_; }

 private:
  class Impl;
  HttpServer(std::unique_ptr<Impl> impl, uint16_t port);

  std::unique_ptr<Impl> impl_;
  uint16_t port_;
};

}  // namespace leadpulse::telemetry
