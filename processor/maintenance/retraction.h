// Retracts journal entries that never happened: makes the RETRACT events, and computes what they will change.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/worker_pool.h"
#include "processor/engine/engine_output.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/leads/where_rule.h"
#include "processor/rules/language/ast.h"
#include "schemas/codec/records.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::maintenance {

// A selection of the leads' entries to retract.
struct RetractionQuery {
  rules::Step step;                       // type, scope and, if set, name and campaign
  Instant from = Instant::DistantPast();  // from <= occurred_at < until
  Instant until = Instant::Never();
  // Above 0: only clicks of security scanners, which click within this time of a delivery
  // (processor/webhooks/scanner_habit.h). The whole journal counts, including retracted entries and those outside the
  // window.
  Millis scanner_within{0};
  Instant clock;  // the state's; leads are evaluated at it
  Instant at;     // the time of the RETRACT events: TimeOfRecordsFor(clock, …)
};

// The retractions of one lead.
struct LeadRetraction {
  std::vector<codec::Event> events;  // in the order in which a run must read them
  uint64_t already = 0;              // matching entries that a RETRACT already names
  // Entries that cannot be retracted because only their count is left. Their names, campaigns and times are unknown, so
  // all entries of the type count, unless all of them are outside the window.
  uint64_t folded = 0;
  // Matching entries that came through the lead's address and stay: only a retraction for the address retracts them.
  // Not set by SelectRetraction.
  uint64_t received = 0;
  // The changes that a run publishes for the lead when it reads the events at the query's clock. It reads them one by
  // one, so a tier may change more than once. `moved` has only the differences at the end, one change for each kind or
  // segment.
  engine::EngineOutput published;
  std::vector<codec::Change> moved;
};

// Returns `retract-` and a hash of tenant, lead and retracted id: a second retraction of an entry is a duplicate.
std::string RetractionId(const LeadKey& key, const std::string& retracted);

// Selects the entries of a lead. Evaluates nothing: `published` and `moved` stay empty.
LeadRetraction SelectRetraction(const state::Lead& lead, const config::TenantDefinitions& definitions,
                                const RetractionQuery& query);

// The effect on a lead of retractions for other leads of the same address (spec §9).
struct AddressRetraction {
  // RETRACTs of events that were sent for the mailbox that the lead uses, which it passes on.
  std::vector<codec::Event> passed_on;
  // The opt-outs of the address by others' events after all retractions; nullopt: the same as before.
  std::optional<state::StatusFacts> standing;
};

// Selects the entries of a lead, and computes what changes.
LeadRetraction PreviewRetraction(const query::EvaluatedLead& lead, const RetractionQuery& query,
                                 const AddressRetraction& of_address = {});

// A retraction from all leads of a tenant that match a rule.
struct RetractionAsked {
  std::string tenant;
  std::shared_ptr<const query::WhereRule> where;  // null: every lead
  RetractionQuery query;
};

// A lead that would change.
struct RetractionSample {
  std::string lead;
  uint64_t events = 0;  // retracted events of the lead itself; 0: it changes only through its address
  std::vector<codec::Change> moved;
};

struct RetractionTotals {
  static constexpr size_t kMostSamples = 5;

  uint64_t leads = 0;  // with entries to retract
  uint64_t entries = 0;
  uint64_t already = 0;
  uint64_t folded = 0;
  uint64_t leads_with_folded = 0;
  uint64_t received = 0;
  uint64_t leads_changed = 0;
  std::array<uint64_t, codec::kChangeKindCount> changes{};  // by ChangeKind
  std::vector<RetractionSample> samples;                    // the leads with the smallest ids, in byte order
};

// Sums up the retractions of all matching leads. Memory does not grow with the number of leads. Both functions see the
// same leads, because the store was opened to read.
Result<RetractionTotals> PreviewRetractions(const state::LeadReader& store, const config::Definitions& definitions,
                                            const RetractionAsked& asked, WorkerPool* pool);

// Passes the records to `take` by tenant and lead, those of a lead in the order in which to read them. An error of
// `take` ends it.
Status MakeRetractions(const state::LeadReader& store, const config::Definitions& definitions,
                       const RetractionAsked& asked, WorkerPool* pool,
                       const std::function<Status(const codec::Event&)>& take);

}  // namespace leadpulse::maintenance
