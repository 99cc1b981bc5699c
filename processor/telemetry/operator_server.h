// Serves /metrics, /healthz and /readyz of a running process, and nothing else. It is read-only, and everyone who can
// reach the port may read it.
//
// It has its own http::Server with one thread, so that other servers of the process do not delay it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/server.h"

namespace leadpulse::telemetry {

struct OperatorServerOptions {
  std::string address = "127.0.0.1";  // numeric, IPv4 or IPv6
  uint16_t port = 0;                  // 0: any free port
  size_t connections = 64;            // a request takes milliseconds, and Prometheus makes one at a time
  std::chrono::seconds idle_timeout{5};
};

// The functions that return the pages. Called on the server's thread, one at a time. They must be quick, and must not
// wait for anything that may wait for the server.
struct OperatorHandlers {
  std::function<std::string()> metrics;  // the page of metrics_page.h
  // Returns Ok while the process makes progress; otherwise the reason. systemd or Kubernetes then restart the process.
  std::function<Status()> health;
  // Returns Ok once the process is ready; otherwise what it waits for. Until then a load balancer sends no requests.
  std::function<Status()> ready;
};

class OperatorServer : private http::Handler {
 public:
  // Starts the server. Rejected if this machine does not have the address, or the port is taken or forbidden; the
  // message says which.
  static Result<std::unique_ptr<OperatorServer>> Start(const OperatorServerOptions& options, OperatorHandlers handlers);

  // Ends the thread. No handler is called afterwards.
  ~OperatorServer() override = default;
  OperatorServer(const OperatorServer&) = delete;
  OperatorServer& operator=(const OperatorServer&) = delete;

  uint16_t port() const { return server_->port(); }

 private:
  explicit OperatorServer(OperatorHandlers handlers) : handlers_(std::move(handlers)) {}
  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Response)> respond) override {
    respond(AnswerTo(request));
  }
  http::Response AnswerTo(const http::Request& request) const;
  http::Response Find(const http::Request& request) const;

  const OperatorHandlers handlers_;
  const SystemClock clock_;
  std::unique_ptr<http::Server> server_;  // ends before what it calls
};

}  // namespace leadpulse::telemetry
