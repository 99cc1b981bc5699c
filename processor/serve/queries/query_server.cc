#include "processor/serve/queries/query_server.h"

#include <unistd.h>

#include "processor/base/assert.h"
#include "processor/crypto/digests.h"
#include "processor/telemetry/logging.h"
#include "schemas/codec/protobuf_log.h"

namespace leadpulse::serve {
namespace {

// A gate that lets only those query a run over TCP who know its token.
class TokenGate : public http::Handler {
 public:
  // Keeps `inside`, which must outlive this. `token` is empty if the server has checked the certificate of the client,
  // which is enough.
  TokenGate(std::string token, http::Handler* inside) : token_(std::move(token)), inside_(*inside) {}

  // Answers 401 without the header `Authorization: Bearer TOKEN`.
  http::HeadDecision CheckHead(const http::Request& head) override {
    if (!token_.empty() && !crypto::SameSecret(http::HeaderOf(head.headers, "authorization"), "Bearer " + token_)) {
      return {.answer = http::Response{http::kUnauthorized, "the token is missing or wrong\n"}};
    }
    return inside_.CheckHead(head);
  }
  void Handle(const http::Request& request, std::function<void(http::Response)> respond) override {
    inside_.Handle(request, std::move(respond));
  }

 private:
  const std::string token_;
  http::Handler& inside_;
};

}  // namespace

std::string QuerySocketIn(const std::string& state_directory) { return state_directory + "/queries.sock"; }

Result<std::unique_ptr<QueryServer>> QueryServer::Start(const std::string& state_directory,
                                                        const std::optional<QueryAddress>& address,
                                                        const QueryServiceParts& parts) {
  codec::QuietProtobuf();
  http::ServerOptions options;
  options.path = QuerySocketIn(state_directory);
  options.threads = 1;
  std::unique_ptr<QueryServer> server(new QueryServer(options.path, parts));
  LP_ASSIGN_OR_RETURN(server->server_, http::Server::Start(options, &server->service_, parts.clock));
  if (!address) return server;
  LP_ASSERT(!address->token.empty() || !address->client_ca.empty());
  server->gate_ = std::make_unique<TokenGate>(address->token, &server->service_);
  Result<std::unique_ptr<http::Server>> network = http::Server::Start(*address, server->gate_.get(), parts.clock);
  if (network.ok()) {
    server->network_ = std::move(*network);
  } else {
    telemetry::LogWarning("lead queries are not served over TCP: " + network.status().message());
  }
  return server;
}

QueryServer::~QueryServer() {
  if (server_ == nullptr) return;
  server_->StopListening();
  if (network_ != nullptr) network_->StopListening();
  service_.Stop();
  network_.reset();
  server_.reset();
  unlink(path_.c_str());
}

}  // namespace leadpulse::serve
