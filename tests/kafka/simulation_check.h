// The judgement over a run that has come to rest.
//
// For each partition the model is given the same records in the same order, at the same instants, and the same changes
// of definitions; what it says there should be is compared with what committed readers of the topics see. Then the
// changelog, the committed offsets and the stores are held against each other.
#pragma once

#include <string>

namespace leadpulse::testing {

class Simulation;

// Returns the error, or an empty text.
std::string CheckSimulation(Simulation* simulation);

}  // namespace leadpulse::testing
