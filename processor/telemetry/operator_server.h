// Serves /metrics, /healthz and /readyz of a running process. Nothing else is served, nothing can be changed by it, and
// everyone who can reach the port may read it.
//
// It is an http::Server of its own, with one thread, so that nothing else that the process serves delays it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::telemetry {

struct OperatorServerOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, as digits
  uint16_t port = 0;                  // 0: any that is free
  size_t connections = 64;            // a request takes milliseconds, and Prometheus makes one at a time
  std::chrono::seconds idle_timeout{5};
};

// Called on the server's thread, one at a time: they must be quick, and must not wait for what may wait for the server.
struct OperatorHandlers {
  std::function<std::string()> metrics;  // the page of metrics_page.h
  // Ok while the process makes progress; else the reason. systemd or Kubernetes restart the process then.
  std::function<Status()> health;
  // Ok once the process does its work; else what it waits for. A load balancer sends nobody here until then.
  std::function<Status()> ready;
};

class OperatorServer {
 public:
  // Rejected: this machine does not have the address, or the port is taken or forbidden; the message says which.
  static Result<std::unique_ptr<OperatorServer>> Start(const OperatorServerOptions& options, OperatorHandlers handlers);

  // Ends the thread: no handler is called afterwards.
  ~OperatorServer();
  OperatorServer(const OperatorServer&) = delete;
  OperatorServer& operator=(const OperatorServer&) = delete;

  uint16_t port() const;

 private:
  class Pages;
  explicit OperatorServer(std::unique_ptr<Pages> pages);

  std::unique_ptr<Pages> pages_;
};

}  // namespace leadpulse::telemetry
