// Collects a report: one pass over the leads of a state, then one over the changes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/query/report/report.h"
#include "state/store/lead_store.h"

namespace leadpulse::report {

struct ReportQuery {
  std::string tenant;  // empty: all
  Instant at;
  Instant clock;                          // of the state
  std::vector<std::string> change_files;  // read twice; empty: no histories
  Period period;                          // of the histories
};

// Errors: a lead that cannot be read, and those of the changes (change_files.h). The store is only read.
Result<Report> CollectReport(const state::LeadStore& store, const config::Definitions& definitions,
                             const ReportQuery& query, WorkerPool* pool);

}  // namespace leadpulse::report
