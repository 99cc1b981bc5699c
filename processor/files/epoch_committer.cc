#include "processor/files/epoch_committer.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/run.h"
#include "processor/pipeline/change_feed.h"
#include "schemas/codec/output_writer.h"

namespace leadpulse::files {

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
  LP_ASSIGN_OR_RETURN(const std::optional<engine::LocalPosition> recorded, engine::ReadRunPosition(meta));
  const std::string changes = output_directory + "/" + kChangesFile;
  LP_ASSIGN_OR_RETURN(const std::optional<OutputRecord> published, ReadCommittedLength(changes));
  const uint64_t known = recorded ? recorded->outputs->changes.length : 0;
  if (!published.has_value() || published->length <= known) return Status::Ok();
  std::error_code error;
  const uint64_t length = std::filesystem::file_size(changes, error);
  if (error || length < published->length) return Status::Ok();  // resuming the output reports what is wrong with it
  return Status::Fatal("the state in " + state_directory + " is damaged: the last commit in its log cannot be read, " +
                       "though it was finished (" + CommittedLengthPath(changes) + " says " +
                       std::to_string(published->length) + " bytes, and the state has " + std::to_string(known) +
                       " on record). Restore a backup (leadpulse state restore). Without one, give up that commit " +
                       "(leadpulse state repair --accept-lost-commits --state " + state_directory +
                       ") and give all inputs of the earlier runs again.");
}

Result<std::unique_ptr<EpochCommitter>> EpochCommitter::Open(const std::string& directory, BackgroundCommit* store,
                                                             pipeline::ChangeFeed* feed, const std::atomic<bool>& stop,
                                                             bool sync) {
  LP_ASSIGN_OR_RETURN(bool live, engine::IsLiveState(state::MetaOf(*store), store->partition_count()));
  if (live) {
    return Status::Rejected("the state was made by the live mode (leadpulse run --config), which goes on from it; a " +
                            std::string("run on files needs a --state of its own"));
  }
  const state::MetaReader read = state::MetaOf(*store);
  LP_ASSIGN_OR_RETURN(std::optional<engine::StoredDefinitions> kept, engine::ReadRunDefinitions(read));
  if (kept.has_value()) LP_RETURN_IF_ERROR(engine::CheckEngineVersion(kept->engine_version));
  LP_ASSIGN_OR_RETURN(std::optional<engine::LocalPosition> stored, engine::ReadRunPosition(read));
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> current, read(engine::kRunPositionName));
  std::unique_ptr<EpochCommitter> committer(new EpochCommitter(store, feed, std::move(stored)));
  const bool is_format2 = !committer->is_new_ && current.value_or("").empty();
  if (is_format2) committer->format2_definitions_ = std::move(kept);
  LP_RETURN_IF_ERROR(CheckOutputs(directory, committer->is_new_));
  if (committer->is_new_) {
    LP_RETURN_IF_ERROR(committer->CreateOutputs(directory, sync));
    return committer;
  }
  LP_ASSIGN_OR_RETURN(bool resumed, committer->ResumeOutputs(directory, stop, sync));
  return resumed ? std::move(committer) : nullptr;
}

EpochCommitter::EpochCommitter(BackgroundCommit* store, pipeline::ChangeFeed* feed,
                               std::optional<engine::LocalPosition> stored)
    : store_(store), feed_(feed), is_new_(!stored.has_value()) {
  run_.position.clock = Instant::DistantPast();  // no record has been accepted yet
  if (stored) run_ = std::move(*stored);
  if (!stored) run_.outputs.emplace();
  run_.position.BeginCounts();
  committed_clock_ = run_.position.clock;
}

Status EpochCommitter::CreateOutputs(const std::string& directory, bool sync) {
  LP_RETURN_IF_ERROR(CreateDirectory(directory));
  CrashPoint("during_start");
  LP_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> changes, OutputFile::Create(directory + "/" + kChangesFile, sync));
  CrashPoint("during_start");
  LP_ASSIGN_OR_RETURN(auto dead_letters, OutputFile::Create(directory + "/" + kDeadLettersFile, sync));
  changes_ = std::move(changes);
  dead_letters_ = std::move(dead_letters);
  return OpenMark(directory);
}

// Opens the published length. It may be that of an earlier state or, if this state was restored from a backup, of a
// later commit. So the current length is published before the file is cut.
Status EpochCommitter::OpenMark(const std::string& directory) {
  LP_ASSIGN_OR_RETURN(mark_, CommittedLength::Open(directory + "/" + kChangesFile));
  CrashPoint("before_publish");
  return mark_->Publish(changes_->record());
}

// Resumes both outputs. Does not create the directory: if the state has outputs, a missing directory is a mistyped
// name. Cuts nothing before both files are verified.
Result<bool> EpochCommitter::ResumeOutputs(const std::string& directory, const std::atomic<bool>& stop, bool sync) {
  LP_ASSIGN_OR_RETURN(auto changes,
                      OutputFile::Resume(directory + "/" + kChangesFile, run_.outputs->changes, stop, sync));
  LP_ASSIGN_OR_RETURN(auto dead_letters,
                      OutputFile::Resume(directory + "/" + kDeadLettersFile, run_.outputs->dead_letters, stop, sync));
  if (changes == nullptr || dead_letters == nullptr) return false;
  changes_ = std::move(changes);
  dead_letters_ = std::move(dead_letters);
  LP_RETURN_IF_ERROR(OpenMark(directory));
  LP_RETURN_IF_ERROR(changes_->CutBack());
  LP_RETURN_IF_ERROR(dead_letters_->CutBack());
  return true;
}

Status EpochCommitter::Begin(const engine::StoredDefinitions& definitions) {
  state::EpochWrite write;
  AppendDefinitions(definitions, &write);
  is_new_ = false;
  LP_RETURN_IF_ERROR(BeginWrite(std::move(write), std::vector<pipeline::FeedChange>()));
  return store_->Settle();
}

Status EpochCommitter::AppendDeadLetter(const codec::DeadLetter& letter) {
  line_.clear();
  codec::AppendDeadLetterJson(letter, &line_);
  return dead_letters_->Append(line_);
}

Status EpochCommitter::Commit(PartitionSet* partitions, const std::map<std::string, input::InputProgress>& positions,
                              const engine::StoredDefinitions* definitions) {
  LP_ASSERT(!is_new_);
  LP_RETURN_IF_ERROR(store_->Settle());
  state::EpochWrite write;
  LP_RETURN_IF_ERROR(partitions->CollectWrites(&write));
  for (const auto& [path, progress] : positions) {
    input::AppendInputProgress(path, progress, &write.meta);
  }
  if (definitions == nullptr && format2_definitions_) definitions = &*format2_definitions_;
  if (definitions != nullptr) AppendDefinitions(*definitions, &write);
  if (format2_definitions_) engine::AppendFormat2Removal(&write);
  format2_definitions_.reset();
  // An idle input causes no disk write.
  if (!write.empty() || HasNews()) LP_RETURN_IF_ERROR(BeginWrite(std::move(write), partitions->TakeCollected()));
  // From now on, reads of a lead return what was written.
  partitions->Committed();
  return Status::Ok();
}

// Appends the definitions and sets their number in the position, so that the two can be compared.
void EpochCommitter::AppendDefinitions(const engine::StoredDefinitions& definitions, state::EpochWrite* write) {
  run_.position.definitions_number = definitions.number;
  run_.position.engine_version = definitions.engine_version;
  engine::AppendRunDefinitions(definitions, write);
}

bool EpochCommitter::HasNews() const {
  return run_.position.clock != committed_clock_ || run_.outputs->changes.length != changes_->length() ||
         run_.outputs->dead_letters.length != dead_letters_->length();
}

Status EpochCommitter::BeginWrite(state::EpochWrite write, pipeline::CollectedChanges collected) {
  CrashPoint("before_flush");
  LP_RETURN_IF_ERROR(changes_->WriteOut());
  LP_RETURN_IF_ERROR(dead_letters_->WriteOut());
  const OutputRecord changes = changes_->record(), dead_letters = dead_letters_->record();
  run_.outputs = {changes, dead_letters};
  engine::AppendRunPosition(run_, &write);
  committed_clock_ = run_.position.clock;
  auto commit = [this, changes, dead_letters, published = std::move(collected)](
                    state::LeadStore* store, const state::EpochWrite& begun) mutable {
    LP_RETURN_IF_ERROR(MakeDurable(changes, dead_letters, store, begun));
    pipeline::PublishCollected(std::move(published), feed_);
    if (feed_ != nullptr) feed_->Committed();
    return Status::Ok();
  };
  store_->Begin(std::move(write), std::move(commit));
  return Status::Ok();
}

// Makes an epoch durable. Runs beside the work on the next epoch, so it uses only members that nothing else uses
// meanwhile.
Status EpochCommitter::MakeDurable(const OutputRecord& changes, const OutputRecord& dead_letters,
                                   state::LeadStore* store, const state::EpochWrite& write) {
  // The store may refer only to output that survives. After a kill before the write, the next start cuts the files back
  // and makes the same lines again from the same position; after a kill behind it, everything is durable.
  LP_RETURN_IF_ERROR(changes_->Sync(changes.length));
  LP_RETURN_IF_ERROR(dead_letters_->Sync(dead_letters.length));
  CrashPoint("after_flush");
  CrashPoint("before_batch");
  if (!write.erasures.empty()) CrashPoint("before_erasure");
  LP_RETURN_IF_ERROR(store->Commit(write));
  CrashPoint("after_batch");
  if (!write.erasures.empty()) CrashPoint("after_erasure");
  // Never before the commit: a published length must stay true after any kill or power cut.
  CrashPoint("before_publish");
  LP_RETURN_IF_ERROR(mark_->Publish(changes));
  CrashPoint("after_publish");
  return Status::Ok();
}

}  // namespace leadpulse::files
