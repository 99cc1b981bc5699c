// The parts of a record that `MakeRecords` combines.
#pragma once

#include <string>

#include "tests/support/workload/world.h"

namespace leadpulse::workload {

// Formats an instant in one of the spellings of RFC 3339.
std::string TimeText(Random& random, model::Millis time);

// Picks one of few ids, so that records share them.
std::string SmallId(Random& random, const std::string& prefix);

// Picks a value for an attribute or a property, mostly one that fits its name.
model::Json AnyValue(Random& random, const World& world, const std::string& name);

// Picks a value of the attribute `email` in a world of mailboxes; rarely none or an invalid one.
model::Json PickSharedAddress(Random& random, const World& world);

// Lets a record of a world of mailboxes name an address, in addition to its lead or instead of it.
void NameAddress(Random& random, World& world, model::Event& event);
void NameAddress(Random& random, const World& world, model::Command& command);

// Gives two leads an address, one after the other.
std::vector<model::Record> MakeSwap(Random& random, World& world);

model::Event MakeEvent(Random& random, World& world);
model::Command MakeCommand(Random& random, World& world);

}  // namespace leadpulse::workload
