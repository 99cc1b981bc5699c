#include "processor/telemetry/operator_server.h"

#include <string_view>

namespace leadpulse::telemetry {
namespace {

using http::Response;

// A request line and its headers take some hundred bytes; more is answered with an error.
constexpr size_t kConnectionMemory = 8 << 10;

bool IsRead(std::string_view method) { return method == "GET" || method == "HEAD"; }

Response FromStatus(const Status& status, const char* good) {
  if (status.ok()) return {http::kOk, std::string(good) + "\n"};
  return {http::kUnavailable, status.message() + "\n"};
}

}  // namespace

Result<std::unique_ptr<OperatorServer>> OperatorServer::Start(const OperatorServerOptions& options,
                                                              OperatorHandlers handlers) {
  std::unique_ptr<OperatorServer> server(new OperatorServer(std::move(handlers)));
  http::ServerOptions all;
  all.address = options.address;
  all.port = options.port;
  all.threads = 1;
  all.connections = options.connections;
  all.connection_memory = kConnectionMemory;
  all.timeout = options.idle_timeout;
  all.retry_after = std::chrono::seconds(0);
  LP_ASSIGN_OR_RETURN(server->server_, http::Server::Start(all, server.get(), &server->clock_));
  return server;
}

http::HeadDecision OperatorServer::CheckHead(const http::Request& head) {
  if (IsRead(head.method)) return {};
  return {.answer = AnswerTo(head)};
}

Response OperatorServer::AnswerTo(const http::Request& request) const {
  Response response = Find(request);
  response.headers.emplace_back("Cache-Control", "no-store");
  if (response.code == http::kMethodNotAllowed) response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

Response OperatorServer::Find(const http::Request& request) const {
  if (request.path != "/metrics" && request.path != "/healthz" && request.path != "/readyz") {
    return {http::kNotFound, "there are /metrics, /healthz and /readyz\n"};
  }
  if (!IsRead(request.method)) return {http::kMethodNotAllowed, "only GET and HEAD\n"};
  if (request.path == "/metrics") {
    return {http::kOk, handlers_.metrics(), "text/plain; version=0.0.4; charset=utf-8"};
  }
  if (request.path == "/healthz") return FromStatus(handlers_.health(), "ok");
  return FromStatus(handlers_.ready(), "ready");
}

}  // namespace leadpulse::telemetry
