#include "processor/serve/queries/query_server.h"

#include <unistd.h>

#include "processor/base/assign_or_return.h"

namespace leadpulse::serve {

std::string QuerySocketIn(const std::string& state_directory) { return state_directory + "/queries.sock"; }

Result<std::unique_ptr<QueryServer>> QueryServer::Start(const std::string& state_directory, state::LeadStore* store,
                                                        query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                                                        LeadIndex* index, ServedPartitions served, const Clock* clock) {
  http::ServerOptions options;
  options.path = QuerySocketIn(state_directory);
  options.threads = 1;
  std::unique_ptr<QueryServer> server(
      new QueryServer(options.path, store, outcomes, feed, index, std::move(served), clock));
  LP_ASSIGN_OR_RETURN(server->server_, http::Server::Start(options, &server->service_, clock));
  return server;
}

QueryServer::~QueryServer() {
  if (server_ == nullptr) return;
  server_->StopListening();
  service_.Stop();
  server_.reset();
  unlink(path_.c_str());
}

}  // namespace leadpulse::serve
