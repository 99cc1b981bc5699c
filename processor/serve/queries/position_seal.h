// Positions of a ChangeFeed as texts for subscribers.
//
// They are encrypted: from positions a subscriber could count the changes that it may not see. The key lives as long
// as the process, so a position from before a restart is unknown.
#pragma once

#include <optional>
#include <string>

#include "processor/pipeline/change_feed.h"
#include "processor/serve/queries/process_key.h"

namespace leadpulse::serve {

// Thread-safe.
class PositionSeal {
 public:
  // 32 lower-case hexadecimal digits, always the same of a position.
  std::string Seal(pipeline::FeedPosition position) const;
  // nullopt: this has not sealed it.
  std::optional<pipeline::FeedPosition> Open(const std::string& sealed) const;

 private:
  const ProcessKey key_;
};

}  // namespace leadpulse::serve
