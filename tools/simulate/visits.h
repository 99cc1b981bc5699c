// Visits to the web site, and what people do there: orders, trials, demos.
#pragma once

#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// One visit of one lead: a few pages, and sometimes what follows from them.
void Visit(uint32_t lead, Instant at, World* world);

// The visits that no mail led to, and those who subscribe again. More by day than at night, fewer at week-ends.
void MakeVisits(const Slice& slice, World* world);

// The page of a visit, the link of a click, the name of a custom event, by the record's detail.
const char* PageOf(uint64_t detail);
const char* CustomNameOf(uint64_t detail);
// The total of an order, in cents.
uint64_t OrderCents(uint64_t detail);

}  // namespace leadpulse::simulate
