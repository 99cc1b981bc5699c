#include "processor/telemetry/operator_server.h"

#include <string_view>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/base/clock.h"
#include "processor/http/server.h"

namespace leadpulse::telemetry {
namespace {

using http::Answer;

// A request line and its headers take some hundred bytes; more is answered with an error.
constexpr size_t kConnectionMemory = 8 << 10;

bool IsRead(std::string_view method) { return method == "GET" || method == "HEAD"; }

Answer FromStatus(const Status& status, const char* good) {
  if (status.ok()) return {http::kOk, std::string(good) + "\n"};
  return {http::kUnavailable, status.message() + "\n"};
}

}  // namespace

class OperatorServer::Pages : public http::Handler {
 public:
  explicit Pages(OperatorHandlers handlers) : handlers_(std::move(handlers)) {}

  Status Start(const OperatorServerOptions& options) {
    http::ServerOptions all;
    all.address = options.address;
    all.port = options.port;
    all.threads = 1;
    all.connections = options.connections;
    all.connection_memory = kConnectionMemory;
    all.patience = options.idle_timeout;
    all.retry_after = std::chrono::seconds(0);
    LP_ASSIGN_OR_RETURN(server_, http::Server::Start(all, this, &clock_));
    return Status::Ok();
  }
  uint16_t port() const { return server_->port(); }

  http::HeadDecision CheckHead(const http::Request& head) override {
    if (IsRead(head.method)) return {};
    return {.answer = AnswerTo(head)};
  }
  void Handle(const http::Request& request, std::function<void(Answer)> answer) override { answer(AnswerTo(request)); }

 private:
  Answer AnswerTo(const http::Request& request) const {
    Answer answer = Find(request);
    answer.headers.emplace_back("Cache-Control", "no-store");
    if (answer.code == http::kMethodNotAllowed) answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  Answer Find(const http::Request& request) const {
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

  const OperatorHandlers handlers_;
  const SystemClock clock_;
  std::unique_ptr<http::Server> server_;  // ends before what it calls
};

Result<std::unique_ptr<OperatorServer>> OperatorServer::Start(const OperatorServerOptions& options,
                                                              OperatorHandlers handlers) {
  auto pages = std::make_unique<Pages>(std::move(handlers));
  LP_RETURN_IF_ERROR(pages->Start(options));
  return std::unique_ptr<OperatorServer>(new OperatorServer(std::move(pages)));
}

OperatorServer::OperatorServer(std::unique_ptr<Pages> pages) : pages_(std::move(pages)) {}
OperatorServer::~OperatorServer() = default;
uint16_t OperatorServer::port() const { return pages_->port(); }

}  // namespace leadpulse::telemetry
