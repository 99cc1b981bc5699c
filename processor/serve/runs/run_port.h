// Posts queries to one run (processor/serve/queries): over the socket in its state directory, or over TCP.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/http/client.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

// An answer with another status than 200.
struct RunRefusal {
  unsigned int status = 0;  // a status code of HTTP
  v1::QueryError error;
};
// The answer to a query, or the refusal of a run. Errors: no run answers.
template <typename Response>
using OrRefusal = Result<std::variant<Response, RunRefusal>>;
// Returns the answer; nullptr: no run answers, or one refuses the query.
template <typename Response>
const Response* AnswerIn(const OrRefusal<Response>& answered) {
  return answered.ok() ? std::get_if<Response>(&*answered) : nullptr;
}

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

// How long an answer may take. A run that takes longer hangs: a scan ends after 20 seconds (kScanTimeout).
inline constexpr std::chrono::milliseconds kAnswerTimeout{30'000};
// The timeout of queries about one lead, and of searches that end within five seconds.
inline constexpr std::chrono::milliseconds kQuickTimeout{10'000};
// Changes are in the memory of the run. If it hangs, streams go on with those of the others.
inline constexpr std::chrono::milliseconds kChangesTimeout{5'000};

// How long a connection to a run may take.
inline constexpr std::chrono::milliseconds kConnectTimeout{2'000};

// Whether to ask a run that could not be reached. A machine that is gone answers nothing, not even that nobody listens:
// each connection to it waits for its whole timeout. While a run is known to be gone, queries do not wait for it.
// Thread-safe.
class Outage {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Returns the failure of the last query, if there is no use in asking again yet.
  std::optional<Status> Current(Time now) const;
  // Notes that a query that began at `begun` has failed at `now`.
  void Failed(const Status& failure, Time begun, Time now);
  void Answered();

 private:
  mutable std::mutex mutex_;
  std::optional<Status> failure_;  // guarded by mutex_, as until_
  Time until_;
};

// Thread-safe. Keeps as many connections open as there were queries at the same time.
class RunPort {
 public:
  // Takes a `stop` that ends running queries; it outlives this.
  RunPort(RunAddress address, const std::atomic<bool>& stop) : address_(std::move(address)), stop_(stop) {}

  // Posts a query. Retriable: no run answers there, or not in time.
  Result<http::Response> Post(const std::string& path, const std::string& body, std::chrono::milliseconds timeout);
  const RunAddress& address() const { return address_; }

 private:
  using Clients = std::vector<std::unique_ptr<http::Client>>;

  const RunAddress address_;
  const std::atomic<bool>& stop_;
  Outage outage_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::chrono::milliseconds>, Clients> idle_;  // by path and timeout; guarded by mutex_
};

}  // namespace leadpulse::serve
