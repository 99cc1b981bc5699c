#include "tools/leadpulse/queries.h"

#include <utility>

#include "processor/telemetry/logging.h"

namespace leadpulse::tools {

std::unique_ptr<serve::QueryServer> ServeQueries(const std::string& state_directory, state::LeadStore* store,
                                                 query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                                                 serve::LeadIndex* index, serve::ServedPartitions served,
                                                 const Clock* clock) {
  Result<std::unique_ptr<serve::QueryServer>> server =
      serve::QueryServer::Start(state_directory, store, outcomes, feed, index, std::move(served), clock);
  if (server.ok()) return std::move(*server);
  telemetry::LogWarning("lead queries are not served: " + server.status().message());
  return nullptr;
}

}  // namespace leadpulse::tools
