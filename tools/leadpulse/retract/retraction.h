// Taking back what never happened: the RETRACT events for entries of journals, and what they will change.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/engine/engine_output.h"
#include "processor/rules/ast.h"
#include "schemas/codec/records.h"
#include "state/lead.h"
#include "tools/leadpulse/leads/evaluated_lead.h"

namespace leadpulse::tools {

// Which entries, of the leads that are asked about.
struct RetractionQuery {
  rules::Step step;                       // type, scope, and where they are set name and campaign
  Instant from = Instant::DistantPast();  // from <= occurred_at < until
  Instant until = Instant::Never();
  // Above 0: only clicks that a security scanner did, by its habit (processor/webhooks/scanner_habit.h): so close to a
  // delivery. The whole journal is asked for it, what is taken back and what is outside of the window, too.
  Millis scanner_within{0};
  Instant clock;  // of the state: as of when the leads are evaluated
  Instant at;     // when they are taken back: TimeOfRecordsFor(clock, …)
};

// Of one lead.
struct LeadRetraction {
  std::vector<codec::Event> events;  // in the order in which they are to be read
  uint64_t already = 0;              // entries that fit, and that a RETRACT names already
  // Entries that fit and cannot be taken back, for only their number is left. How many of them fit in name, campaign
  // and window nobody knows any more: all of the type are counted, unless all of them are outside of the window.
  uint64_t folded = 0;
  // What a run publishes of the lead when it reads the events at the query's clock: each in its turn, so that a tier
  // may change more than once. Only what differs in the end is in `moved`, one change a kind or segment.
  engine::EngineOutput published;
  std::vector<codec::Change> moved;
};

// `retract-` and a hash of tenant, lead and retracted id: the same entry taken back again is a duplicate.
std::string RetractionId(const LeadKey& key, const std::string& retracted);

// Evaluates nothing: `published` and `moved` stay empty.
LeadRetraction SelectRetraction(const state::Lead& lead, const config::TenantDefinitions& definitions,
                                const RetractionQuery& query);

// The same with what it changes.
LeadRetraction PreviewRetraction(const EvaluatedLead& lead, const RetractionQuery& query);

}  // namespace leadpulse::tools
