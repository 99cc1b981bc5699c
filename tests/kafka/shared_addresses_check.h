// What must hold in the end of leads that share addresses, whatever order Kafka gave their records.
#pragma once

#include <string>

namespace leadpulse::testing {

class Simulation;

// Returns the error, or an empty text. Between records of different keys there is no order (spec §9, rule 8), so a
// model that reads them in one order cannot say what is published. But each change has its number once, lead.state is
// the sum of a lead's changes, no lead waits any more, and a lead and the mailbox of its address know the same of each
// other: a message that was lost, doubled or overtaken by another shows there.
std::string CheckSharedAddresses(Simulation* simulation);

}  // namespace leadpulse::testing
