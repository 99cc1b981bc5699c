// Checks whether an ordered workload (ordered_workload.h) ended with the model's views.
#pragma once

#include <string>

namespace leadpulse::testing {

class Simulation;

// Compares all fields of each lead in `leads.jsonl` except `seq`, which depends on the order of messages, and the dead
// letters. Returns the differences, or an empty text.
std::string CheckFinalViews(Simulation* simulation);

}  // namespace leadpulse::testing
