// Reads of the latest committed changes for streams (ReadChanges in query.proto). They read no snapshot.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/pipeline/change_feed.h"
#include "processor/serve/queries/position_seal.h"

namespace leadpulse::serve {

// Reads a page for each reader. Thread-safe. Rejected: too many readers, or one without a tenant.
Result<v1::ChangePages> PagesOfChanges(const v1::ReadChanges& request, pipeline::ChangeFeed* feed,
                                       const PositionSeal& seal, const Clock& clock);

}  // namespace leadpulse::serve
