// The query service of a run, on the socket `queries.sock` in its state directory and, if the settings say so, over
// TCP for fronts on other machines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "processor/base/status.h"
#include "processor/http/server.h"
#include "processor/serve/queries/query_service.h"

namespace leadpulse::serve {

// Returns the path of the socket, to which only the user of the run may connect.
std::string QuerySocketIn(const std::string& state_directory);

// The address at which queries are answered over TCP, for clients that have the token and, with `client_ca`, a
// certificate signed by it.
struct QueryAddress : http::ServerOptions {
  QueryAddress() { threads = 1; }
  std::string token;  // empty: only with `client_ca`
};

// The query service over its socket and TCP. Owned by one thread.
class QueryServer {
 public:
  // Starts the server. The process must hold the lock of the state, so that no other process uses the socket. Rejected
  // if the path of the directory is too long for a socket. If nothing can listen at `address` (nullopt: not over TCP),
  // the log says why, and the socket is served alone.
  static Result<std::unique_ptr<QueryServer>> Start(const std::string& state_directory,
                                                    const std::optional<QueryAddress>& address,
                                                    const QueryServiceParts& parts);
  // Removes the socket.
  ~QueryServer();
  QueryServer(const QueryServer&) = delete;
  QueryServer& operator=(const QueryServer&) = delete;

  // Returns the port of TCP; 0 if none.
  uint16_t port() const { return network_ == nullptr ? 0 : network_->port(); }
  // Closes connections of clients that take too long. Call it every second or so.
  void CloseLate() {
    if (network_ != nullptr) network_->CloseLate();
  }

 private:
  QueryServer(std::string path, const QueryServiceParts& parts) : path_(std::move(path)), service_(parts) {}

  const std::string path_;
  QueryService service_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Handler> gate_;  // null: not over TCP
  std::unique_ptr<http::Server> network_;
};

}  // namespace leadpulse::serve
