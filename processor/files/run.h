// The embedded mode: the whole job on files.
//
// Everything a run makes durable it makes durable in epochs: outputs are flushed, then one atomic write of the store
// holds the leads, how far each input was read, the clock and what the outputs hold. A run killed at any moment
// and started again with the same arguments goes on from the last of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/input/followed_inputs.h"
#include "processor/files/progress.h"
#include "processor/files/summary.h"
#include "state/store/backup_request_handler.h"
#include "state/store/lead_store.h"
#include "state/store/meta_reader.h"

namespace leadpulse::files {

struct RunOptions {
  std::vector<std::string> inputs;  // in the order to be read; see input_format.h
  // The inputs, files and folders, are read on as they grow until the run is stopped (input::FollowedInputs), and the
  // clock is that of the wall, not that of the records: timers fire at their instant without any record.
  bool follow = false;
  Millis quiet = input::FollowOptions().quiet;  // of a followed file, see there
  std::string output_directory;                 // created where it is missing
  // Nothing: those the state was built with, of a new state the built-in defaults.
  std::shared_ptr<const config::Definitions> definitions;
  std::optional<Instant> until;
  // Threads that apply and decode, the caller's among them. One more reads, and one commits in the background.
  size_t workers = 1;
  size_t lead_cache_bytes = 512 << 20;  // of decoded leads, for all partitions together
  // An epoch ends also with the batch after which so many bytes of leads have changed, as they are in memory.
  size_t max_changed_lead_bytes = 256 << 20;
  Millis max_future_skew = std::chrono::minutes(10);
  // An epoch ends with the batch that reaches it: what a kill can cost, and what waits in memory. At least 1.
  uint64_t max_epoch_records = 1 << 20;
  // The same of the time it may last. Nothing: longer while the run is busy.
  std::optional<Millis> epoch_time;
  // An epoch's commit goes on beside the work on the next one; not where an input is followed. Only for a store that
  // takes reads while it commits other leads, as RocksDB does.
  bool commit_in_background = false;
  // May be null; outlives the run. Whoever goes on with the state gives one that does the same.
  const input::RecordTransform* transform = nullptr;
  bool dead_letter_payload = true;  // whether a dead letter has the record itself
  bool sync = true;                 // false: outputs are not made durable; for tests
};

// What a run uses of the world. All outlive it.
struct RunEnvironment {
  state::LeadStore* store = nullptr;
  const Clock* clock = nullptr;
  // Becomes true where the run shall end after the current epoch.
  const std::atomic<bool>* stop = nullptr;
  ProgressListener* progress = nullptr;  // null: nobody looks
  int standard_input = 0;
  // Asked after each commit and where none comes for long; null: nobody asks.
  state::BackupRequestHandler* requests = nullptr;
};

// Whether every input has a known ending and can be opened. Run does the same; this is for before the state is opened.
Status CheckInputs(const RunOptions& options);

// Whether the directory can take the outputs: it is one, or can be made; of a new state, none of the three files holds
// anything yet. Changes nothing. Run does the same.
Status CheckOutputs(const std::string& directory, bool state_is_new);

// For a state whose last commit cannot be read: that commit was never finished. Fatal where it was, for the outputs
// then have a longer length published as committed than `meta`, the state's rows, has on record. Changes nothing.
Status CheckUnfinishedCommit(const std::string& state_directory, const std::string& output_directory,
                             const state::MetaReader& meta);

// Named errors, all before anything is read: an input that is missing, unreadable or no file, one that shrank or
// changed in what was read of it, an output that is missing, shorter than recorded or not ours. Rejected: the user
// can help it; fatal: the world is broken, run again.
Result<RunSummary> RunOnFiles(const RunOptions& options, const RunEnvironment& environment);

inline constexpr char kChangesFile[] = "changes.jsonl";
inline constexpr char kDeadLettersFile[] = "dead-letters.jsonl";
inline constexpr char kLeadsFile[] = "leads.jsonl";

}  // namespace leadpulse::files
