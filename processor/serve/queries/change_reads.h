// Reads of the latest committed changes for streams (ReadChanges in query.proto). They read no snapshot.
#pragma once

#include <optional>
#include <string>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/pipeline/change_feed.h"
#include "processor/serve/queries/process_key.h"

namespace leadpulse::serve {

// Positions of a ChangeFeed as texts for subscribers. They are encrypted: from positions a subscriber could count the
// changes that it may not see. The key lives as long as the process, so a position from before a restart is unknown.
// Thread-safe.
class PositionSeal {
 public:
  // Returns 32 lower-case hexadecimal digits, always the same for a position.
  std::string Seal(pipeline::FeedPosition position) const;
  // Returns the position in a sealed text; nullopt if this has not sealed it.
  std::optional<pipeline::FeedPosition> Open(const std::string& sealed) const;

 private:
  const ProcessKey key_;
};

// Reads a page for each reader. Thread-safe. Rejected if there are too many readers, or one without a tenant.
Result<v1::ChangePages> PagesOfChanges(const v1::ReadChanges& request, pipeline::ChangeFeed* feed,
                                       const PositionSeal& seal, const Clock& clock);

}  // namespace leadpulse::serve
