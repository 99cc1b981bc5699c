// Commits an epoch of a run on files: first the outputs become durable, then one write of the store refers to them,
// then the committed length of the changes is published for readers, and the changes themselves for subscribers.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/background_commit.h"
#include "processor/files/input/input_progress.h"
#include "processor/files/output_file.h"
#include "processor/files/partition_set.h"
#include "processor/pipeline/change_feed.h"
#include "schemas/codec/records.h"
#include "state/store/lead_store.h"

namespace leadpulse::files {

// The committer of a run. Owned and called by one thread. After a failed call nothing more may be committed: the next
// start recovers. Destroyed after the BackgroundCommit that it is given.
class EpochCommitter {
 public:
  // Opens the outputs in `directory`. Verifies them by length and hash in the state and cuts them back to that length;
  // for a new state, creates them. Null if `stop` became true in between. `feed` gets the changes of each commit; null:
  // nobody follows. It outlives this.
  static Result<std::unique_ptr<EpochCommitter>> Open(const std::string& directory, BackgroundCommit* store,
                                                      pipeline::ChangeFeed* feed, const std::atomic<bool>& stop,
                                                      bool sync);

  // Commits empty outputs and the definitions, for a state that has never been run, before anything else: from then on
  // the outputs belong to this state.
  Status Begin(const engine::StoredDefinitions& definitions);

  // Returns the state's clock: at first the last committed one. It is committed with the next epoch.
  Instant clock() const { return run_.position.clock; }
  void set_clock(Instant clock) { run_.position.clock = clock; }

  Status AppendDeadLetter(const codec::DeadLetter& letter);
  // Returns the output of changes. Appended lines become part of the next commit.
  OutputFile* changes() { return changes_.get(); }

  // Waits for the previous commit, then begins to make outputs, leads, clock, positions and, if given, definitions
  // durable. They are durable when the store is settled.
  Status Commit(PartitionSet* partitions, const std::map<std::string, input::InputProgress>& positions,
                const engine::StoredDefinitions* definitions);

 private:
  EpochCommitter(BackgroundCommit* store, pipeline::ChangeFeed* feed, std::optional<engine::LocalPosition> stored);

  Status CreateOutputs(const std::string& directory, bool sync);
  Status OpenMark(const std::string& directory);
  Result<bool> ResumeOutputs(const std::string& directory, const std::atomic<bool>& stop, bool sync);
  void AppendDefinitions(const engine::StoredDefinitions& definitions, state::EpochWrite* write);
  bool HasNews() const;
  Status BeginWrite(state::EpochWrite write, pipeline::CollectedChanges collected);
  Status MakeDurable(const OutputRecord& changes, const OutputRecord& dead_letters, state::LeadStore* store,
                     const state::EpochWrite& write);

  BackgroundCommit* store_;
  pipeline::ChangeFeed* feed_;
  bool is_new_;
  // Set if the state has format 2. The first commit replaces its entries.
  std::optional<engine::StoredDefinitions> format2_definitions_;
  // One position for all partitions. Its outputs are those of the last commit, which may still be in progress.
  engine::LocalPosition run_;
  Instant committed_clock_;
  std::unique_ptr<OutputFile> changes_;
  std::unique_ptr<OutputFile> dead_letters_;
  std::unique_ptr<CommittedLength> mark_;  // for the changes; published after each commit
  std::string line_;                       // a dead letter being written
};

}  // namespace leadpulse::files
