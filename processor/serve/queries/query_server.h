// The query service of a run, on the socket `queries.sock` in its state directory.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/server.h"
#include "processor/serve/queries/query_service.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

// Only the user of the run may connect.
std::string QuerySocketIn(const std::string& state_directory);

// Owned by one thread.
class QueryServer {
 public:
  // The process must hold the lock of the state, so that no other process uses the socket. `store`, `outcomes` and
  // `index` (may be null), `feed` and `clock` outlive this. Rejected: the path of the directory is too long for a
  // socket.
  static Result<std::unique_ptr<QueryServer>> Start(const std::string& state_directory, state::LeadStore* store,
                                                    query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                                                    LeadIndex* index, ServedPartitions served, const Clock* clock);
  // Removes the socket.
  ~QueryServer();
  QueryServer(const QueryServer&) = delete;
  QueryServer& operator=(const QueryServer&) = delete;

 private:
  QueryServer(std::string path, state::LeadStore* store, query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
              LeadIndex* index, ServedPartitions served, const Clock* clock)
      : path_(std::move(path)), service_(store, outcomes, feed, index, std::move(served), clock) {}

  const std::string path_;
  QueryService service_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace leadpulse::serve
