// Reads of the latest committed changes for streams (ReadChanges in query.proto). They read no snapshot.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/pipeline/change_feed.h"

namespace leadpulse::serve {

// Positions of a ChangeFeed as texts, for fronts, which seal them for their clients. A text begins with the name of
// this process, so a position from before a restart is unknown. Thread-safe.
class FeedPositions {
 public:
  std::string Write(pipeline::FeedPosition position) const { return process_ + std::to_string(position); }
  // Returns the position; nullopt if this process has not written the text.
  std::optional<pipeline::FeedPosition> Read(std::string_view text) const;

 private:
  const std::string process_ = ProcessName();
  static std::string ProcessName();
};

// Reads a page for each reader. Thread-safe. Rejected if there are too many readers, or one without a tenant.
Result<v1::ChangePages> PagesOfChanges(const v1::ReadChanges& request, pipeline::ChangeFeed* feed,
                                       const FeedPositions& positions, const Clock& clock);

}  // namespace leadpulse::serve
