// The leads that moved to a tier or a stage within some days and are there now: who became hot this week.
//
// No rule says when a lead moved. A run that answers queries keeps the latest changes of each lead, so those that are
// there now are asked for theirs, the most recently active first. For a lead without any, which another run made, the
// last activity counts as the move to its tier.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/instant.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {

// A move whose leads can be listed.
struct LeadMove {
  bool is_stage = false;  // else of a tier
  std::string to;         // the name of the stage or tier
};

struct MovedQuery {
  LeadMove move;
  Day first;
  Day last;
  std::string rule = {};    // of the leads; empty: all
  size_t most = 100;        // leads that are asked for their changes
  uint64_t enough = 1'000;  // leads that are looked for
};

struct MovedLead {
  v1::LeadRow contact;
  Instant at;  // when the latest of these moves was made
};

struct MovedLeads {
  std::vector<MovedLead> leads;  // the most recently active first
  bool is_complete = true;       // false: there may be more, among those that were active long ago
  ApiReply refusal = {};         // if it is not done
};

// Returns the rule of the leads that are there now.
std::string RuleOfMove(const LeadMove& move);
// Asks for the leads, one request for each that is there now.
MovedLeads FindMoved(const MovedQuery& query, const ShownTimes& times, const PageRequest& request);

}  // namespace leadpulse::serve
