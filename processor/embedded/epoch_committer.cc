#include "processor/embedded/epoch_committer.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/embedded/run.h"
#include "processor/engine/partition_meta.h"
#include "schemas/codec/record_writer.h"

namespace leadpulse::embedded {

Status CheckOutputs(const std::string& directory, bool state_is_new) {
  LP_RETURN_IF_ERROR(CheckDirectory(directory));
  if (!state_is_new) return Status::Ok();
  for (const char* name : {kChangesFile, kDeadLettersFile, kLeadsFile}) {
    LP_RETURN_IF_ERROR(CheckNewFile(directory + "/" + name));
  }
  return Status::Ok();
}

Status CheckUnfinishedCommit(const std::string& state_directory, const std::string& output_directory,
                             const state::MetaReader& meta) {
  const Result<std::optional<RunState>> recorded = ReadRunState(meta);
  if (!recorded.ok()) return recorded.status();
  const std::string changes = output_directory + "/" + kChangesFile;
  const Result<std::optional<OutputRecord>> published = ReadCommittedMark(changes);
  if (!published.ok()) return published.status();
  const uint64_t known = recorded->value_or(RunState{}).changes.length;
  if (!published->has_value() || (*published)->length <= known) return Status::Ok();
  std::error_code error;
  const uint64_t length = std::filesystem::file_size(changes, error);
  if (error || length < (*published)->length) return Status::Ok();  // resuming the output says what is wrong with it
  return Status::Fatal("the state in " + state_directory + " is damaged: the last commit in its log cannot be read, " +
                       "though it was finished (" + CommittedMarkPath(changes) + " says " +
                       std::to_string((*published)->length) + " bytes, and the state has " + std::to_string(known) +
                       " on record). Restore a backup (leadpulse state restore). Without one, give up that commit " +
                       "(leadpulse state repair --accept-lost-commits --state " + state_directory +
                       ") and give all inputs of the earlier runs again.");
}

Result<std::unique_ptr<EpochCommitter>> EpochCommitter::Open(const std::string& directory, BackgroundCommit* store,
                                                             const std::atomic<bool>& stop, bool sync) {
  Result<bool> live = engine::IsLiveState(state::MetaOf(*store), store->partition_count());
  if (!live.ok()) return live.status();
  if (*live) {
    return Status::Rejected("the state was made by the live mode (leadpulse run --config), which goes on from it; a " +
                            std::string("run on files needs a --state of its own"));
  }
  const Result<std::optional<engine::KeptDefinitions>> kept = ReadKeptDefinitions(state::MetaOf(*store));
  if (!kept.ok()) return kept.status();
  if (kept->has_value()) LP_RETURN_IF_ERROR(engine::CheckEngineVersion((*kept)->engine_version));
  Result<std::optional<RunState>> stored = ReadRunState(state::MetaOf(*store));
  if (!stored.ok()) return stored.status();
  bool is_new = !stored->has_value();
  std::unique_ptr<EpochCommitter> committer(new EpochCommitter(store, is_new, stored->value_or(RunState{})));
  LP_RETURN_IF_ERROR(CheckOutputs(directory, is_new));
  if (is_new) {
    LP_RETURN_IF_ERROR(committer->CreateOutputs(directory, sync));
    return committer;
  }
  Result<bool> resumed = committer->ResumeOutputs(directory, stop, sync);
  if (!resumed.ok()) return resumed.status();
  return *resumed ? std::move(committer) : nullptr;
}

Status EpochCommitter::CreateOutputs(const std::string& directory, bool sync) {
  LP_RETURN_IF_ERROR(CreateDirectory(directory));
  CrashPoint("during_start");
  Result<std::unique_ptr<OutputFile>> changes = OutputFile::Create(directory + "/" + kChangesFile, sync);
  if (!changes.ok()) return changes.status();
  CrashPoint("during_start");
  Result<std::unique_ptr<OutputFile>> dead_letters = OutputFile::Create(directory + "/" + kDeadLettersFile, sync);
  if (!dead_letters.ok()) return dead_letters.status();
  changes_ = std::move(*changes);
  dead_letters_ = std::move(*dead_letters);
  return OpenMark(directory);
}

// What stands there may be of an earlier state, or of a later commit where this state was restored from a backup:
// readers are told what holds now before the file is cut.
Status EpochCommitter::OpenMark(const std::string& directory) {
  Result<std::unique_ptr<CommittedMark>> mark = CommittedMark::Open(directory + "/" + kChangesFile);
  if (!mark.ok()) return mark.status();
  mark_ = std::move(*mark);
  CrashPoint("before_publish");
  return mark_->Publish(changes_->record());
}

// The directory is not made: where the state has outputs on record, one that is missing is a mistyped one. Nothing is
// cut before both files are known.
Result<bool> EpochCommitter::ResumeOutputs(const std::string& directory, const std::atomic<bool>& stop, bool sync) {
  Result<std::unique_ptr<OutputFile>> changes =
      OutputFile::Resume(directory + "/" + kChangesFile, run_state_.changes, stop, sync);
  if (!changes.ok()) return changes.status();
  Result<std::unique_ptr<OutputFile>> dead_letters =
      OutputFile::Resume(directory + "/" + kDeadLettersFile, run_state_.dead_letters, stop, sync);
  if (!dead_letters.ok()) return dead_letters.status();
  if (*changes == nullptr || *dead_letters == nullptr) return false;
  changes_ = std::move(*changes);
  dead_letters_ = std::move(*dead_letters);
  LP_RETURN_IF_ERROR(OpenMark(directory));
  LP_RETURN_IF_ERROR(changes_->CutBack());
  LP_RETURN_IF_ERROR(dead_letters_->CutBack());
  return true;
}

Status EpochCommitter::Begin(const engine::KeptDefinitions& definitions) {
  state::EpochWrite write;
  AppendKeptDefinitions(definitions, &write);
  is_new_ = false;
  LP_RETURN_IF_ERROR(BeginWrite(std::move(write)));
  return store_->Settle();
}

Status EpochCommitter::AppendDeadLetter(const codec::DeadLetter& letter) {
  line_.clear();
  codec::AppendDeadLetterJson(letter, &line_);
  return dead_letters_->Append(line_);
}

Status EpochCommitter::Commit(PartitionSet* partitions, const std::map<std::string, input::InputProgress>& positions,
                              const engine::KeptDefinitions* definitions) {
  LP_ASSERT(!is_new_);
  LP_RETURN_IF_ERROR(store_->Settle());
  state::EpochWrite write;
  partitions->CollectWrites(&write);
  for (const auto& [path, progress] : positions) {
    write.meta.emplace_back(input::InputProgressName(path), input::EncodeInputProgress(progress));
  }
  if (definitions != nullptr) AppendKeptDefinitions(*definitions, &write);
  // An idle input costs no disk write.
  if (!write.empty() || HasNews()) LP_RETURN_IF_ERROR(BeginWrite(std::move(write)));
  // Whoever reads a lead from now on finds what was written of it.
  partitions->Committed();
  return Status::Ok();
}

bool EpochCommitter::HasNews() const {
  return run_state_.clock != committed_clock_ || run_state_.changes.length != changes_->length() ||
         run_state_.dead_letters.length != dead_letters_->length();
}

Status EpochCommitter::BeginWrite(state::EpochWrite write) {
  CrashPoint("before_flush");
  LP_RETURN_IF_ERROR(changes_->WriteOut());
  LP_RETURN_IF_ERROR(dead_letters_->WriteOut());
  run_state_.changes = changes_->record();
  run_state_.dead_letters = dead_letters_->record();
  AppendRunState(run_state_, &write);
  committed_clock_ = run_state_.clock;
  store_->Begin(std::move(write),
                [this, outputs = run_state_](state::LeadStore* store, const state::EpochWrite& begun) {
                  return MakeDurable(outputs, store, begun);
                });
  return Status::Ok();
}

// Beside the work on the next epoch: nothing else of this object is touched but what only this touches.
Status EpochCommitter::MakeDurable(const RunState& outputs, state::LeadStore* store, const state::EpochWrite& write) {
  // The store may refer only to output that survives: killed before the write, the next start cuts the files back and
  // makes the same lines again from the same position; killed after it, all of it stands.
  LP_RETURN_IF_ERROR(changes_->Sync(outputs.changes.length));
  LP_RETURN_IF_ERROR(dead_letters_->Sync(outputs.dead_letters.length));
  CrashPoint("after_flush");
  CrashPoint("before_batch");
  if (!write.erasures.empty()) CrashPoint("before_erasure");
  LP_RETURN_IF_ERROR(store->Commit(write));
  CrashPoint("after_batch");
  if (!write.erasures.empty()) CrashPoint("after_erasure");
  // Never before the commit: a length that is published stays true whatever is killed or loses its power.
  CrashPoint("before_publish");
  LP_RETURN_IF_ERROR(mark_->Publish(outputs.changes));
  CrashPoint("after_publish");
  return Status::Ok();
}

}  // namespace leadpulse::embedded
