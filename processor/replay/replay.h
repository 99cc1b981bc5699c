// Sends history again: from a source to a destination, no faster than wanted, and not from the beginning after a kill.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/files/progress.h"
#include "processor/replay/checkpoint.h"
#include "processor/replay/history_source.h"
#include "processor/replay/record_destination.h"
#include "processor/replay/record_selection.h"

namespace leadpulse::replay {

struct ReplayOptions {
  RecordSelection selection;
  bool as_backfill = false;         // marks each record, so that the changes it causes say so
  std::optional<double> rate;       // records a second, above 0
  std::optional<uint64_t> max_lag;  // records that may wait for those who read the destination
  // What a kill may cost, in time. A checkpoint takes some milliseconds for its syncs.
  std::chrono::milliseconds checkpoint_every{1000};
};

// What a replay uses of the world. All outlive it.
struct ReplayEnvironment {
  HistorySource* source = nullptr;
  RecordDestination* destination = nullptr;
  CheckpointFile* checkpoint = nullptr;  // null: it begins at the beginning
  const Clock* clock = nullptr;          // its Monotonic() is asked for
  const std::atomic<bool>* stop = nullptr;
  // Returns after so long, or earlier where it is to stop.
  std::function<void(std::chrono::nanoseconds)> pause;
  // How many records wait at the destination; asked where there is a max_lag.
  std::function<Result<uint64_t>()> lag;
  // Told of each record that cannot be sent; its `decoded` says why.
  std::function<void(const HistoryRecord&)> on_refused;
  files::ProgressListener* progress = nullptr;  // null: none
};

struct ReplaySummary {
  Checkpoint counts;      // of all processes that worked on it; done: it came to the end
  uint64_t sent_now = 0;  // of this one
  bool was_done = false;  // it had ended before: nothing was sent
};

// Each record selected is sent at least once, each lead's in order; sent a second time is only what stood behind the
// last checkpoint when the process was killed. Errors are those of the ports. Retriable: as the source, the destination
// or the lag says.
Result<ReplaySummary> Replay(const ReplayOptions& options, const ReplayEnvironment& environment);

}  // namespace leadpulse::replay
