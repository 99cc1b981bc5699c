// Sends history again: from a source to a destination, at a limited rate; after a kill it continues.
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
#include "processor/replay/record_selection.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::replay {

// Limits the records a second: a token bucket that is empty at the start. A caller that was delayed catches up on at
// most kCatchUp. Owned and called by one thread.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A stall of a disk or a broker of up to this length does not lower the rate of the whole run.
  static constexpr std::chrono::seconds kCatchUp{1};

  // Requires `per_second` above 0.
  RateLimit(double per_second, Time start);

  // Counts one record and returns how long to wait before it is sent.
  std::chrono::nanoseconds Take(Time now);

 private:
  using Fine = std::chrono::duration<double, std::nano>;

  const Fine interval_;
  const Time start_;
  Fine next_;  // since start_: when the next one may be sent
};

struct ReplayOptions {
  RecordSelection selection;
  bool as_backfill = false;         // marks each record, so that the changes it causes say so
  std::optional<double> rate;       // records a second, above 0
  std::optional<uint64_t> max_lag;  // records that may wait at the destination
  // A kill loses at most this much progress. A checkpoint takes some milliseconds for its syncs.
  std::chrono::milliseconds checkpoint_every{1000};
};

// What a replay uses of the world. All outlive it.
struct ReplayEnvironment {
  HistorySource* source = nullptr;
  codec::RecordSink* destination = nullptr;  // is flushed before each checkpoint; nothing is sent after its failure
  bool keeps_lines = false;                  // the destination stores lines: they stay as they were read
  // The size in bytes of a destination that only grows, after Flush; null: unknown.
  std::function<uint64_t()> destination_bytes = {};
  CheckpointFile* checkpoint = nullptr;  // null: the replay starts at the beginning
  const Clock* clock = nullptr;          // only Monotonic() is used
  const std::atomic<bool>* stop = nullptr;
  // Returns after that time, or earlier if `stop` is true.
  std::function<void(std::chrono::nanoseconds)> pause = {};
  // How many records wait at the destination. Called only with a max_lag.
  std::function<Result<uint64_t>()> lag = {};
  // Called for each record that cannot be sent; its `decoded` says why.
  std::function<void(const HistoryRecord&)> on_refused = {};
  files::ProgressListener* progress = nullptr;  // null: none
};

struct ReplaySummary {
  Checkpoint counts;      // includes all earlier processes that worked on it; done: the replay has ended
  uint64_t sent_now = 0;  // by this process
  bool was_done = false;  // the replay had ended before: nothing was sent
};

// Sends each selected record at least once, those of a lead in order. After a kill, the records after the last
// checkpoint are sent again. Errors are those of the source, the destination and `lag`.
Result<ReplaySummary> Replay(const ReplayOptions& options, const ReplayEnvironment& environment);

}  // namespace leadpulse::replay
