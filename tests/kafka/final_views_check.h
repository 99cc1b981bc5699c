// Whether an ordered workload (ordered_workload.h) ended with the views that the model says.
#pragma once

#include <string>

namespace leadpulse::testing {

class Simulation;

// Each lead with all that `leads.jsonl` has of it but `seq`, which depends on the order of messages; and the dead
// letters. Returns the differences, or an empty text.
std::string CheckFinalViews(Simulation* simulation);

}  // namespace leadpulse::testing
