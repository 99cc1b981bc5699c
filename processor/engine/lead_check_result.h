// Compares a stored lead with an evaluation, to check a state. Thread-safe; nothing here fails.
#pragma once

#include <string>

#include "processor/base/instant.h"
#include "processor/engine/stored_definitions.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

enum class LeadFault {
  kNone,
  kUnknownDefinitions,  // its number belongs neither to the current nor to the previous definitions
  kWrongView,           // the published view differs from the evaluation
  kWrongNextChange,     // the view is right, but changes before the stored next_change_at
};

struct LeadCheckResult {
  LeadFault fault = LeadFault::kNone;
  std::string what;  // the end of a sentence about the lead; empty without a fault
  // Its timer is due at or before the clock: the next run evaluates it first, so its view is not checked.
  bool due = false;
  Instant next_change_at = Instant::Never();  // from EvaluateView; only if the view was evaluated
};

// Compares a stored lead with an evaluation at `clock`, the state's, up to which timers have fired. A lead that a
// rollout has not reached yet is compared under the previous definitions. Fills in Attribute::converted.
LeadCheckResult JudgeLead(const DefinitionsInForce& definitions, Instant clock, state::Lead* lead);

// Makes the lead due at `clock`, so that the next run evaluates it and publishes the differences from its view. Removes
// tier and segments from the view that these definitions do not have.
void MakeDue(const DefinitionsInForce& definitions, Instant clock, state::Lead* lead);

}  // namespace leadpulse::engine
