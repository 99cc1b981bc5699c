// Posts queries to one run (processor/serve/queries): over the socket in its state directory, or over TCP.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/delivery/http_port.h"
#include "processor/serve/runs/outage.h"

namespace leadpulse::serve {

// Where a run answers: at a socket or at an address.
struct RunAddress {
  std::string socket = {};            // path
  std::string url = {};               // https://host:port or http://host:port
  std::string token = {};             // sent with each query; empty: none
  std::string ca_file = {};           // PEM: who signs the certificate of the run; empty: the system's
  std::string certificate_file = {};  // PEM: of the front, if the run asks for one
  std::string key_file = {};
  bool is_one_of_several = false;  // while it cannot be reached, queries do not wait for it
  std::string Shown() const { return socket.empty() ? url : socket; }
};

// The status of an answer, as of HTTP.
inline constexpr int kOk = 200, kNotFound = 404;

// Thread-safe. Keeps as many connections open as there were queries at the same time.
class RunPort {
 public:
  // `stop` ends running queries; it outlives this.
  RunPort(RunAddress address, const std::atomic<bool>& stop) : address_(std::move(address)), stop_(stop) {}

  // Retriable: no run answers there.
  Result<delivery::HttpAnswer> Post(const std::string& path, const std::string& body);
  const RunAddress& address() const { return address_; }

 private:
  using Ports = std::vector<std::unique_ptr<delivery::HttpPort>>;

  const RunAddress address_;
  const std::atomic<bool>& stop_;
  Outage outage_;
  std::mutex mutex_;
  std::map<std::string, Ports> idle_;  // by path; guarded by mutex_
};

}  // namespace leadpulse::serve
