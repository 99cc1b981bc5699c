// Checks of leads that share addresses at the end of a run. They hold in any order that Kafka gave the records.
#pragma once

#include <string>

namespace leadpulse::testing {

class Simulation;

// Returns the error, or an empty string. Records with different keys have no order (spec §9, rule 8), so a model that
// reads them in one order cannot know what is published. But each change has its number once, lead.state is the sum of
// a lead's changes, no lead is still waiting, and a lead and the mailbox of its address know the same of each other. A
// lost, doubled or reordered message shows there.
std::string CheckSharedAddresses(Simulation* simulation);

}  // namespace leadpulse::testing
