// Puts the leads that `leads` finds on a static list.
#pragma once

#include <string>

#include "config/definitions.h"
#include "processor/base/worker_pool.h"
#include "processor/query/leads/leads_query.h"
#include "state/store/lead_store.h"
#include "tools/leadpulse/topic_output.h"

namespace leadpulse::tools {

struct ListToWrite {
  std::string name;
  RecordTarget target;
  Instant clock;  // of the state
  Instant now;
};

// Rejected, with the decoder's message: no command can put a lead on a list with that name.
Status CheckListName(const std::string& name, Instant now);

// Writes a command for each lead of the query that is not on the list yet, and prints their number on standard error.
// The ids of the commands are hashes of clock, list, tenant and lead, so the same freeze again is a duplicate. Ignores
// the query's columns. Gives an ExitCode.
Result<int> WriteList(const state::LeadStore& store, const config::Definitions& definitions, query::LeadsQuery query,
                      const ListToWrite& list, WorkerPool* pool);

}  // namespace leadpulse::tools
