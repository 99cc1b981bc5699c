// What people and the CRM decide: new leads with their profiles and consents, and what sales does with leads.
#pragma once

#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// The leads that join within the slice.
void Join(const Slice& slice, World* world);

// What sales does, on weekdays in office hours: notes, tags, lists, stages, agents. The more active a lead, the more.
void MakeDecisions(const Slice& slice, World* world);

}  // namespace leadpulse::simulate
