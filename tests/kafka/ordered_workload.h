// Records of leads that share addresses, made so that the final views do not depend on an order that Kafka leaves open.
//
// The records are cut into sections. One section has commands, the next one events, and nothing of a section is written
// before everything of the one before is applied (LiveWorkload::quiet_before). Within a section of commands no result
// depends on which of two leads is first: a tenant has one command that reaches several leads (a command by address, an
// erasure), or at most one command a lead. The first section has any commands for one lead each, because no journal has
// anything to pass on yet. Journals are long enough for everything. No user of a mailbox becomes the first that is one
// too many for passing on, except in the first section.
#pragma once

#include <cstdint>

#include "tests/kafka/live_workload.h"

namespace leadpulse::testing {

// Makes a workload with one set of definitions. The model may read the records one after the other, at the end's clock.
LiveWorkload MakeOrderedWorkload(uint64_t seed);

}  // namespace leadpulse::testing
