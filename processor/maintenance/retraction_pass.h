// A retraction for all leads of a tenant for which a rule holds: what it would change, and its records.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "processor/base/worker_pool.h"
#include "processor/maintenance/retraction.h"
#include "processor/query/leads/where_rule.h"
#include "state/store/lead_store.h"

namespace leadpulse::maintenance {

struct RetractionAsked {
  std::string tenant;
  std::shared_ptr<const query::WhereRule> where;  // null: every lead
  RetractionQuery query;
};

// A lead that would change.
struct RetractionSample {
  std::string lead;
  uint64_t events = 0;
  std::vector<codec::Change> moved;
};

struct RetractionTotals {
  static constexpr size_t kMostSamples = 5;

  uint64_t leads = 0;  // with entries to retract
  uint64_t entries = 0;
  uint64_t already = 0;
  uint64_t folded = 0;
  uint64_t leads_with_folded = 0;
  uint64_t leads_changed = 0;
  std::array<uint64_t, codec::kChangeKindCount> changes{};  // by ChangeKind
  std::vector<RetractionSample> samples;                    // the leads with the smallest ids, in byte order
};

// Memory does not grow with the number of leads. Both functions see the same leads, because the store was opened to
// read.
Result<RetractionTotals> PreviewRetractions(const state::LeadStore& store, const config::Definitions& definitions,
                                            const RetractionAsked& asked, WorkerPool* pool);

// Gives the records by tenant and lead, a lead's in the order in which they are to be read. An error of `take` ends it.
Status MakeRetractions(const state::LeadStore& store, const config::Definitions& definitions,
                       const RetractionAsked& asked, WorkerPool* pool,
                       const std::function<Status(const codec::Event&)>& take);

}  // namespace leadpulse::maintenance
