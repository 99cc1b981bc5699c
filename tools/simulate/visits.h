// Makes visits to the web site, with orders, trials and demos.
#pragma once

#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// Makes one visit of one lead: a few pages, sometimes with an order, a trial or a demo.
void Visit(uint32_t lead, Instant at, World* world);

// Makes visits without a mail before them, and leads that subscribe again. More by day than at night, fewer at
// weekends.
void MakeVisits(const Slice& slice, World* world);

}  // namespace leadpulse::simulate
