// What a person has opted out of, for the page behind an unsubscribe link.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// Also of a lead that was erased: the opt-outs that its erasure has kept, unless others use it as their address.
Result<v1::OptOut> FindOptOut(const Snapshot& snapshot, const v1::FindOptOut& request);

}  // namespace leadpulse::serve
