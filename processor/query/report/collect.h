// Collects a report: scans the leads of a state, then the changes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/report/report.h"
#include "schemas/codec/records.h"
#include "state/store/lead_reader.h"

namespace leadpulse::report {

// Callback for each line that is not blank, without its LF. File and line number are added to its error.
using TakeLine = std::function<Status(std::string_view)>;

// Reads a file of changes, including .gz and .zst. Errors name the file: it cannot be read, or a line is too long for a
// change.
Status ForEachLine(const std::string& path, const TakeLine& take);

// Visits every change in the files, in order. Rejected if a line is not a change; the message names file and line.
Status ForEachChange(const std::vector<std::string>& paths, const std::function<Status(const codec::Change&)>& take);

struct ReportQuery {
  std::string tenant;  // empty: all
  Instant at;
  Instant clock;                          // the state's clock
  std::vector<std::string> change_files;  // read twice; empty: no histories
  Period period;                          // period of the histories
};

// Collects a report. Errors: a lead that cannot be read, and those of ForEachChange. The store is only read.
Result<Report> CollectReport(const state::LeadReader& store, const config::Definitions& definitions,
                             const ReportQuery& query, WorkerPool* pool);

// The leads to count, and the instant.
struct CountQuery {
  std::string tenant;
  std::optional<std::string> visible_to;  // only leads that this agent sees (query::IsVisibleTo)
  Instant at;
  query::StoredViews stored_views = {};  // by default every lead is evaluated
};
// Counts one tenant's part of a report, without its addresses and its history. Errors as above, for the leads.
Result<TenantReport> CountTenant(const state::LeadReader& store, const config::Definitions& definitions,
                                 const CountQuery& query, WorkerPool* pool);

}  // namespace leadpulse::report
