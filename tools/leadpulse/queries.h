// The query service of `leadpulse run`, on files and on Kafka.
#pragma once

#include <memory>
#include <string>

#include "processor/base/clock.h"
#include "processor/query/outcomes/record_outcomes.h"
#include "processor/serve/queries/query_server.h"
#include "state/store/lead_store.h"

namespace leadpulse::tools {

// Null, with a warning in the log, if it cannot start: a run goes on without it. `store`, `outcomes` (null: nobody
// can ask for them), `feed` and `clock` outlive it. `served` null: all partitions of the store.
std::unique_ptr<serve::QueryServer> ServeQueries(const std::string& state_directory, state::LeadStore* store,
                                                 query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                                                 serve::LeadIndex* index, serve::ServedPartitions served,
                                                 const Clock* clock);

}  // namespace leadpulse::tools
