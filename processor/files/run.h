// A run on files, without Kafka.
//
// A run commits in epochs: it flushes the outputs, then one atomic write of the store contains the leads, the position
// in each input, the clock, and length and hash of the outputs. A run that is killed at any moment and started again
// with the same arguments continues from the last commit.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/clock_guard.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/input/followed_inputs.h"
#include "processor/files/progress.h"
#include "processor/files/summary.h"
#include "processor/pipeline/apply_metrics.h"
#include "processor/pipeline/change_feed.h"
#include "state/rocksdb/backup_requests.h"
#include "state/store/lead_store.h"

namespace leadpulse::files {

struct RunOptions {
  std::vector<std::string> inputs;  // in the order to be read; see input_format.h
  // Follow mode: files and folders are read as they grow, until the run is stopped (input::FollowedInputs). The clock
  // is the wall clock, not that of the records, so timers fire without a record.
  bool follow = false;
  Millis quiet = input::FollowOptions().quiet;  // for followed files, see there
  bool may_be_missing = false;                  // likewise
  std::string output_directory;                 // created if missing
  // Null: the definitions of the state; for a new state, the built-in defaults.
  std::shared_ptr<const config::Definitions> definitions;
  std::optional<Instant> until;
  // The threads that apply and decode, including the caller's. One more reads, and one commits in the background.
  size_t workers = 1;
  size_t lead_cache_bytes = 512 << 20;  // for decoded leads of all partitions together
  // An epoch also ends after the batch with which the changed leads reach this size in memory.
  size_t max_changed_lead_bytes = 256 << 20;
  Millis max_future_skew = std::chrono::minutes(10);
  // An epoch ends with the batch that reaches this number: the most that a kill can lose and that waits in memory. At
  // least 1.
  uint64_t max_epoch_records = 1 << 20;
  // The longest time of an epoch. nullopt: chosen by the run, longer while it is busy.
  std::optional<Millis> epoch_time;
  // Whether an epoch is committed while the next one is being worked on, except in follow mode. Only for a store that
  // allows reads while it commits other leads, as RocksDB does.
  bool commit_in_background = false;
  // May be null; outlives the run. A later run on the same state needs a transform that does the same.
  const input::RecordTransform* transform = nullptr;
  bool dead_letter_payload = true;  // whether a dead letter has the record itself
  bool sync = true;                 // false: outputs are not synced; for tests
};

// The metrics of a run in follow mode. Written by the run, read by any thread.
struct RunMetrics : pipeline::ApplyMetrics {
  // Whether the run reads its inputs: state, outputs and definitions are ready.
  std::atomic<bool> is_reading{false};
};

// The parts of its process that a run uses. All pointers outlive it.
struct RunEnvironment {
  state::LeadStore* store = nullptr;
  const Clock* clock = nullptr;
  // Set to true to end the run after the current epoch.
  const std::atomic<bool>* stop = nullptr;
  ProgressListener* progress = nullptr;  // may be null
  int standard_input = 0;
  // Called after each commit, and regularly during a long epoch; may be null.
  state::BackupRequestHandler* requests = nullptr;
  // Gets the changes of each commit; null: nobody follows.
  pipeline::ChangeFeed* feed = nullptr;
  // Follow mode: returns the definitions that are wanted now, which the run rolls out to all leads between two epochs;
  // null: those in force. Called often, by the run's thread; may be null.
  std::function<std::shared_ptr<const config::Definitions>()> wanted_definitions = nullptr;
  // Follow mode: says whether the wall clock may be believed; the run waits until it may. `clock` is the same object.
  // Null: always.
  ClockGuard* clock_guard = nullptr;
  // Whether the run believes a clock that is far from the state's own time.
  bool accept_clock = false;
  // Whether the process ends right after the run. The leads in memory are then left to the system: freeing them one by
  // one takes up to a tenth of the processor time of an import.
  bool process_ends = false;
  RunMetrics* metrics = nullptr;  // null: nobody asks; only in follow mode
};

// Checks that every input has a known ending and can be opened. A run does the same; this is for the time before the
// state is opened.
Status CheckInputs(const RunOptions& options);

// Checks that the directory can take the outputs: it exists or can be made and, for a new state, the three files are
// empty or missing. Changes nothing. A run does the same.
Status CheckOutputs(const std::string& directory, bool state_is_new);

// Checks that the last commit, which cannot be read, was never finished. Fatal if it was: then the published committed
// length of the outputs is above that in `meta`, the state's rows. Changes nothing.
Status CheckUnfinishedCommit(const std::string& state_directory, const std::string& output_directory,
                             const state::MetaReader& meta);

// Runs. Checks before anything is read, and names the file: an input is missing, unreadable or not a file, or has
// shrunk or changed in the part that was read; an output is missing, shorter than in the state, or not of this state.
// Rejected: the user can correct it. Fatal: a disk or file system failed; run again.
Result<RunSummary> RunOnFiles(const RunOptions& options, const RunEnvironment& environment);

inline constexpr char kChangesFile[] = "changes.jsonl";
inline constexpr char kDeadLettersFile[] = "dead-letters.jsonl";
inline constexpr char kLeadsFile[] = "leads.jsonl";

}  // namespace leadpulse::files
