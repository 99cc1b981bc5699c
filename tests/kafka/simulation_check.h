// A check of a run that has come to rest.
//
// For each partition the model gets the same records in the same order, at the same instants, and the same changes of
// definitions; its output is compared with the topics as committed readers see them. Then the changelog, the committed
// offsets and the stores are compared with each other.
#pragma once

#include <string>

namespace leadpulse::testing {

class Simulation;

// Returns the error, or an empty text.
std::string CheckSimulation(Simulation* simulation);

}  // namespace leadpulse::testing
