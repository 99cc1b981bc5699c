// Whether a stored lead is what the definitions make of it: for who checks a state. Thread-safe; nothing here fails.
#pragma once

#include <string>

#include "processor/base/instant.h"
#include "processor/engine/definitions_in_force.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

enum class LeadFault {
  kNone,
  kUnknownDefinitions,  // its number is neither that of the current definitions nor of those being replaced
  kWrongView,           // what was last published of it differs from the evaluation
  kWrongNextChange,     // the view is right, but changes before the instant that stands for its next change
};

struct LeadCheckResult {
  LeadFault fault = LeadFault::kNone;
  std::string what;  // as the end of a sentence on the lead; empty where there is no fault
  // Its timer is due at or before the clock: the next run evaluates it first of all, so its view is not judged.
  bool due = false;
  Instant next_change_at = Instant::Never();  // what EvaluateView says of it; only where the view was evaluated
};

// `clock`: that of the state, up to which timers have fired. A lead that a rollout of definitions has not reached yet
// is held against the previous ones. Fills in Attribute::converted.
LeadCheckResult JudgeLead(const DefinitionsInForce& definitions, Instant clock, state::Lead* lead);

// Makes the lead due at `clock`, so that the next run evaluates it and publishes what differs from the view it has.
// Of that view it drops what these definitions do not know.
void MakeDue(const DefinitionsInForce& definitions, Instant clock, state::Lead* lead);

}  // namespace leadpulse::engine
