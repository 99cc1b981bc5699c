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

// Called with each line that is not blank, without its LF. The file and the line are added to its error.
using TakeLine = std::function<Status(std::string_view)>;

// Reads a file of changes, also with .gz or .zst. Errors name the file: it cannot be read, or a line is too long for a
// change.
Status ForEachLine(const std::string& path, const TakeLine& take);

// Visits every change in the files, in order. Rejected if a line is not a change; the message names file and line.
Status ForEachChange(const std::vector<std::string>& paths, const std::function<Status(const codec::Change&)>& take);

struct ReportQuery {
  std::string tenant;  // empty: all
  Instant at;
  Instant clock;                          // the state's
  std::vector<std::string> change_files;  // read twice; empty: no histories
  Period period;                          // the histories'
};

// Errors: a lead that cannot be read, and those of ForEachChange. The store is only read.
Result<Report> CollectReport(const state::LeadReader& store, const config::Definitions& definitions,
                             const ReportQuery& query, WorkerPool* pool);

// Whose leads are counted, and at which instant.
struct CountQuery {
  std::string tenant;
  std::optional<std::string> visible_to;  // only leads that this agent sees (query::IsVisibleTo)
  Instant at;
  query::StoredViews stored_views = {};  // by default every lead is evaluated
};
// What a report counts of one tenant, without its addresses and its history. Errors as above, of the leads.
Result<TenantReport> CountTenant(const state::LeadReader& store, const config::Definitions& definitions,
                                 const CountQuery& query, WorkerPool* pool);

}  // namespace leadpulse::report
