// Reads of the latest committed changes for streams (ReadChanges in query.proto). They read no snapshot.
#pragma once

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/pipeline/change_feed.h"
#include "processor/serve/queries/position_seal.h"

namespace leadpulse::serve {

// Thread-safe.
class ChangeReads {
 public:
  // Both outlive this.
  ChangeReads(pipeline::ChangeFeed* feed, const Clock* clock) : feed_(feed), clock_(clock) {}

  // Rejected: too many readers, or one without a tenant.
  Result<v1::ChangePages> Read(const v1::ReadChanges& request) const;

 private:
  void ReadOne(const v1::ChangeReader& reader, v1::ChangePage* page) const;

  pipeline::ChangeFeed* const feed_;
  const Clock* const clock_;
  const PositionSeal seal_;
};

}  // namespace leadpulse::serve
