#include "processor/files/file_run.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/input/followed_file.h"
#include "processor/files/input/followed_inputs.h"
#include "processor/files/leads_file.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::files {
namespace {

// The limit of an epoch in bytes of input, besides those in records and leads. A kill loses at most this much work.
constexpr uint64_t kMaxEpochBytes = 256 << 20;
// The leads of a step, so that many timers due at midnight take many epochs of bounded memory, and a kill in between
// loses little.
constexpr size_t kLeadsPerStep = 4096;
// How long a run waits before it looks at a doubtful clock again.
constexpr std::chrono::milliseconds kClockWait{50};

Result<std::unique_ptr<input::InputList>> OpenInputs(const RunOptions& options, int standard_input) {
  if (options.follow) {
    LP_ASSERT(!options.until.has_value());
    LP_ASSIGN_OR_RETURN(auto followed, input::FollowedInputs::Open(
                                           options.inputs, {options.quiet, options.sync, options.may_be_missing}));
    return std::unique_ptr<input::InputList>(std::move(followed));
  }
  LP_ASSIGN_OR_RETURN(input::InputList list, input::InputList::Open(options.inputs, standard_input));
  return std::make_unique<input::InputList>(std::move(list));
}

std::string DescribeClock(Instant clock) { return clock == Instant::DistantPast() ? "not set" : FormatRfc3339(clock); }

}  // namespace

Status CheckInputs(const RunOptions& options) { return OpenInputs(options, /*standard_input=*/-1).status(); }

Result<RunSummary> RunOnFiles(const RunOptions& options, const RunEnvironment& environment) {
  return FileRun(options, environment).Run();
}

FileRun::FileRun(const RunOptions& options, const RunEnvironment& environment)
    : options_(options),
      environment_(environment),
      started_(MonotonicNow()),
      pool_(options.workers),
      store_(environment.store),
      epoch_time_(options.epoch_time) {}

FileRun::~FileRun() {
  if (!environment_.process_ends) return;
  // Reachable until the process ends, so that no leak is reported. Never used again.
  [[maybe_unused]] static PartitionSet* volatile left = nullptr;
  left = partitions_.release();
}

Result<RunSummary> FileRun::Run() {
  LP_RETURN_IF_ERROR(RunStages());
  LP_RETURN_IF_ERROR(store_.Settle());
  RunSummary summary = Summarize();
  for (const std::string& sentence : summary.engine.left_out.Describe()) telemetry::LogWarning(sentence);
  return summary;
}

Status FileRun::RunStages() {
  LP_RETURN_IF_ERROR(Open());
  if (!stopping()) LP_RETURN_IF_ERROR(SettleDefinitions());
  if (!stopping()) LP_RETURN_IF_ERROR(ReadInputs());
  if (!stopping()) {
    // At the end of a bounded input the clock advances to --until, and everything due by then fires.
    committer_->set_clock(std::max(committer_->clock(), options_.until.value_or(Instant::DistantPast())));
    LP_RETURN_IF_ERROR(EndEpoch());
  }
  return stopping() ? Status::Ok() : WriteLeads();
}

Status FileRun::Open() {
  LP_ASSIGN_OR_RETURN(inputs_, OpenInputs(options_, environment_.standard_input));
  // Verifying earlier input may take long.
  AnswerRequests();
  ShowProgress("checking inputs");
  CrashPoint("during_start");
  LP_RETURN_IF_ERROR(inputs_->Resume(state::MetaOf(store_), *environment_.stop));
  if (stopping()) return Status::Ok();
  ShowProgress("checking outputs");
  LP_ASSIGN_OR_RETURN(committer_, EpochCommitter::Open(options_.output_directory, &store_, environment_.feed,
                                                       *environment_.stop, options_.sync));
  if (committer_ == nullptr) return Status::Ok();  // stopped
  if (options_.follow) LP_RETURN_IF_ERROR(StartClock());
  CrashPoint("during_start");
  telemetry::LogInfo("state opened: " + std::to_string(store_.partition_count()) + " partitions, clock " +
                     DescribeClock(committer_->clock()));
  return Status::Ok();
}

Status FileRun::SettleDefinitions() {
  LP_ASSIGN_OR_RETURN(std::optional<engine::StoredDefinitions> stored,
                      engine::ReadRunDefinitions(state::MetaOf(store_)));
  const bool is_new = !stored.has_value();
  engine::StoredDefinitions begin;
  if (is_new && options_.definitions != nullptr) begin.text = options_.definitions->text;
  LP_ASSIGN_OR_RETURN(rollout_,
                      pipeline::Rollout::Load(is_new ? std::move(begin) : *std::move(stored), options_.definitions));
  if (is_new) LP_RETURN_IF_ERROR(committer_->Begin(rollout_->stored()));
  LP_RETURN_IF_ERROR(MakePartitions());
  LP_RETURN_IF_ERROR(ResumeMessages());
  // A rollout that an earlier run began comes first: leads may have the number of either definitions.
  if (rollout_->under_way()) LP_RETURN_IF_ERROR(FinishRollout());
  const std::shared_ptr<const config::Definitions> wanted =
      options_.definitions != nullptr ? options_.definitions : rollout_->in_force().current;
  if (stopping() || !rollout_->IsNeededFor(*wanted)) return Status::Ok();
  LP_RETURN_IF_ERROR(BeginRollout(wanted));
  return FinishRollout();
}

Status FileRun::BeginRollout(std::shared_ptr<const config::Definitions> definitions) {
  const std::string version = definitions->version;
  LP_RETURN_IF_ERROR(rollout_->Begin(std::move(definitions), committer_->clock()));
  LP_RETURN_IF_ERROR(Commit(&rollout_->stored()));
  LP_RETURN_IF_ERROR(store_.Settle());  // the rollout is durable before anything follows from it
  CrashPoint("during_adoption");
  telemetry::LogInfo("adopting definitions " + version + " at " + DescribeClock(committer_->clock()));
  return MakePartitions();
}

Status FileRun::StepThroughLeads(Result<bool> (PartitionSet::*step)()) {
  bool more = true;
  while (more && !stopping()) {
    ShowProgress("re-evaluating leads");
    LP_RETURN_IF_ERROR(store_.Settle());
    LP_ASSIGN_OR_RETURN(more, (partitions_.get()->*step)());
    LP_RETURN_IF_ERROR(partitions_->FlushChanges());
    CrashPoint("during_adoption");
    if (partitions_->messages_wait()) LP_RETURN_IF_ERROR(DeliverWaiting(/*batch=*/nullptr));
    LP_RETURN_IF_ERROR(Commit(nullptr));
  }
  return Status::Ok();
}

Status FileRun::FinishRollout() {
  if (rollout_->BeginsSharing()) LP_RETURN_IF_ERROR(StepThroughLeads(&PartitionSet::RegisterLeads));
  // Leads that are up to date have the new number: after a stop or a kill they are skipped.
  if (!stopping()) LP_RETURN_IF_ERROR(StepThroughLeads(&PartitionSet::RollOutDefinitions));
  if (stopping()) return Status::Ok();
  LP_RETURN_IF_ERROR(rollout_->End());
  LP_RETURN_IF_ERROR(Commit(&rollout_->stored()));
  const engine::EngineCounters counters = partitions_->Counters();
  telemetry::LogInfo("definitions " + rollout_->current().version +
                     " are in force: " + std::to_string(counters.reevaluated) + " leads re-evaluated");
  if (counters.attributes_unset > 0) {
    telemetry::LogWarning(std::to_string(counters.attributes_unset) +
                          " attribute values do not convert to their new types and count as unset");
  }
  return MakePartitions();
}

Status FileRun::TakeWantedDefinitions(input::BatchDecoder* decoder) {
  if (environment_.wanted_definitions == nullptr) return Status::Ok();
  std::shared_ptr<const config::Definitions> wanted = environment_.wanted_definitions();
  if (wanted == nullptr || !rollout_->IsNeededFor(*wanted)) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const bool goes_on, AdvanceToNow());
  if (!goes_on) return Status::Ok();
  LP_RETURN_IF_ERROR(EndEpoch());
  LP_RETURN_IF_ERROR(BeginRollout(std::move(wanted)));
  decoder->SetDefinitions(rollout_->in_force().current);
  return FinishRollout();
}

Status FileRun::MakePartitions() {
  LP_RETURN_IF_ERROR(store_.Settle());
  if (partitions_ != nullptr) summary_.engine.Add(partitions_->Counters());
  const engine::StepBounds step = {std::min<size_t>(kLeadsPerStep, options_.max_epoch_records),
                                   options_.max_changed_lead_bytes / store_.partition_count()};
  partitions_ = std::make_unique<PartitionSet>(&pool_, &store_, options_.lead_cache_bytes, rollout_->in_force(), step,
                                               committer_->changes(), environment_.feed, environment_.clock);
  return Status::Ok();
}

Status FileRun::ReadInputs() {
  epoch_began_ = MonotonicNow();
  if (environment_.metrics != nullptr) environment_.metrics->is_reading = true;
  bool more = true;
  while (more && !stopping()) {
    LP_RETURN_IF_ERROR(ReadListed());
    if (stopping()) break;
    LP_RETURN_IF_ERROR(store_.Settle());
    LP_ASSIGN_OR_RETURN(more, inputs_->Extend(state::MetaOf(store_)));
  }
  return EndEpoch();
}

Status FileRun::ReadListed() {
  input::BatchDecoder decoder(&pool_, environment_.clock, options_.max_future_skew, rollout_->in_force().current,
                              store_.partition_count(), options_.transform);
  input::ReadAhead read_ahead(inputs_.get(), &decoder,
                              std::min<size_t>(input::kMaxBatchRecords, options_.max_epoch_records));
  bool ended = false;
  while (!ended && !stopping()) {
    LP_ASSIGN_OR_RETURN(std::unique_ptr<input::Batch> batch, read_ahead.Next());
    ++epoch_batches_;
    LP_RETURN_IF_ERROR(ApplyBatch(batch.get()));
    LP_RETURN_IF_ERROR(store_.SettleIfDone());
    ended = batch->end_of_input;
    const bool is_all = batch->is_all;
    stored_bytes_read_ = batch->stored_bytes_read;
    read_ahead.Recycle(std::move(batch));
    ShowProgress(options_.follow ? "following" : "reading");
    const bool is_awaited =
        environment_.feed != nullptr && environment_.feed->IsAwaited(environment_.clock->Monotonic());
    const bool is_drained = is_all && epoch_time_.MayEndAtOnce(epoch_records_, is_awaited, MonotonicNow());
    if (timers_wait_ || EpochIsDue() || is_drained) LP_RETURN_IF_ERROR(EndEpoch());
    if (options_.follow && !stopping()) LP_RETURN_IF_ERROR(TakeWantedDefinitions(&decoder));
  }
  return Status::Ok();
}

// Syncs the followed files. A program that appends to one may not have made it durable, and its position must not
// outlive its bytes.
Status FileRun::SyncInputs() const {
  if (!options_.follow || !options_.sync) return Status::Ok();
  std::vector<std::string> paths;
  for (const auto& [path, progress] : positions_) paths.push_back(path);
  return input::SyncFollowed(paths);
}

Status FileRun::StartClock() {
  const Instant known = committer_->clock();
  if (environment_.clock_guard != nullptr && !environment_.accept_clock) environment_.clock_guard->Begin(known);
  LP_ASSIGN_OR_RETURN(const bool goes_on, AdvanceToNow());
  if (goes_on && known > environment_.clock->Now() + ClockGuard::kMaxJump) {
    telemetry::LogWarning("the state's clock is " + DescribeClock(known) +
                          ", ahead of this machine's: until then nothing changes by time. If the clock was wrong once, "
                          "stop the run and restore a backup (leadpulse state restore), or run again from the inputs "
                          "with a new --state and --output");
  }
  return Status::Ok();
}

Result<bool> FileRun::AdvanceToNow() {
  const auto find_doubt = [this] {
    const bool is_believed = environment_.clock_guard == nullptr;
    std::optional<std::string> doubt = is_believed ? std::nullopt : environment_.clock_guard->FindDoubt();
    clock_log_.Log(doubt, MonotonicNow());
    if (environment_.metrics != nullptr) environment_.metrics->clock_doubtful = doubt.has_value() ? 1 : 0;
    return doubt.has_value();
  };
  bool is_doubtful = find_doubt();
  if (is_doubtful && partitions_ != nullptr) LP_RETURN_IF_ERROR(EndEpoch());
  for (; is_doubtful && !stopping(); is_doubtful = find_doubt()) {
    ShowProgress("waiting for the clock");
    AnswerRequests();
    std::this_thread::sleep_for(kClockWait);
  }
  if (!is_doubtful) committer_->set_clock(std::max(committer_->clock(), environment_.clock->Now()));
  return !is_doubtful;
}

// Applies a batch. The order of the input determines the clock and the dead letters; in between, partitions work
// independently.
Status FileRun::ApplyBatch(input::Batch* batch) {
  LP_ASSIGN_OR_RETURN(const bool goes_on, SetClocks(batch));
  if (!goes_on) return Status::Ok();  // the next run reads it again
  size_t applied = 0;
  do {
    LP_ASSIGN_OR_RETURN(const size_t loaded, partitions_->Load(*batch, inputs_->inputs(), applied));
    LP_ASSIGN_OR_RETURN(applied, ApplyPart(*batch, applied, loaded));
    if (applied < batch->records.size() && EpochIsDue()) LP_RETURN_IF_ERROR(EndEpoch());
  } while (applied < batch->records.size());
  return Status::Ok();
}

Result<size_t> FileRun::ApplyPart(const input::Batch& batch, size_t begin, size_t end) {
  LP_ASSIGN_OR_RETURN(const AppliedPart part, partitions_->Apply(end));
  end = part.end;
  // A commit after this part must not contain the clock of later records: after a kill they apply at their own clock.
  for (size_t i = begin; i < end; ++i) {
    const input::DecodedRecord& decoded = batch.decoded[i];
    if (!std::holds_alternative<codec::Rejection>(decoded.result)) committer_->set_clock(decoded.clock);
    epoch_bytes_ += batch.records[i].bytes.size();
  }
  LP_RETURN_IF_ERROR(partitions_->FlushChanges());
  LP_RETURN_IF_ERROR(WriteDeadLetters(batch, begin, end, part.rejections));
  for (const input::BatchMark& mark : batch.ProgressAfter(end)) NotePosition(mark.input, mark.progress);
  epoch_records_ += end - begin;
  if (environment_.metrics != nullptr) records_begun_.Begin(batch.read_at, end - begin);
  summary_.records += end - begin;
  if (partitions_->messages_wait()) LP_RETURN_IF_ERROR(DeliverWaiting(&batch));
  return end;
}

Status FileRun::DeliverWaiting(const input::Batch* batch) {
  while (partitions_->messages_wait()) {
    LP_RETURN_IF_ERROR(Commit(nullptr));
    LP_RETURN_IF_ERROR(DeliverSomeWaiting(batch));
  }
  return Status::Ok();
}

Status FileRun::DeliverSomeWaiting(const input::Batch* batch) {
  LP_ASSIGN_OR_RETURN(const std::vector<LateRejection> late, partitions_->DeliverWaiting());
  LP_RETURN_IF_ERROR(partitions_->FlushChanges());
  for (const LateRejection& rejection : late) LP_RETURN_IF_ERROR(WriteLateDeadLetter(batch, rejection));
  return Status::Ok();
}

Status FileRun::ResumeMessages() {
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> stored, store_.GetMeta(engine::kRunMessagesName));
  if (!stored || stored->empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(WaitingMessages waiting, DecodeWaiting(*stored));
  resumed_origin_ = waiting.origin;
  LP_RETURN_IF_ERROR(partitions_->ResumeWaiting(std::move(waiting)));
  LP_RETURN_IF_ERROR(DeliverSomeWaiting(/*batch=*/nullptr));
  LP_RETURN_IF_ERROR(DeliverWaiting(/*batch=*/nullptr));
  return Commit(nullptr);
}

Status FileRun::WriteLateDeadLetter(const input::Batch* batch, const LateRejection& late) {
  if (batch != nullptr) return WriteDeadLetters(*batch, late.record, late.record + 1, {late});
  LP_ASSERT(resumed_origin_.has_value());
  ++summary_.rejected[static_cast<size_t>(late.rejection.reason)];
  return committer_->AppendDeadLetter(pipeline::MakeDeadLetter(resumed_origin_->source, late.rejection,
                                                               resumed_origin_->payload, resumed_origin_->full_size,
                                                               options_.dead_letter_payload));
}

Result<bool> FileRun::SetClocks(input::Batch* batch) {
  if (options_.follow) {
    LP_ASSIGN_OR_RETURN(const bool goes_on, AdvanceToNow());
    for (input::DecodedRecord& decoded : batch->decoded) decoded.clock = committer_->clock();
    return goes_on;
  }
  Instant clock = committer_->clock();
  for (input::DecodedRecord& decoded : batch->decoded) {
    if (std::holds_alternative<codec::Rejection>(decoded.result)) continue;
    clock = std::max(clock, decoded.time);
    decoded.clock = clock;
  }
  return true;
}

Status FileRun::WriteDeadLetters(const input::Batch& batch, size_t begin, size_t end,
                                 const std::vector<LateRejection>& late) {
  auto next_late = late.begin();
  for (size_t i = begin; i < end; ++i) {
    const auto* rejection = std::get_if<codec::Rejection>(&batch.decoded[i].result);
    unusable_.Note(inputs_->inputs(), batch.records[i], rejection != nullptr, options_.follow);
    if (next_late != late.end() && next_late->record == i) rejection = &next_late++->rejection;
    if (rejection == nullptr) continue;
    ++summary_.rejected[static_cast<size_t>(rejection->reason)];
    const input::RawRecord& raw = batch.records[i];
    LP_RETURN_IF_ERROR(committer_->AppendDeadLetter(
        pipeline::MakeDeadLetter({inputs_->inputs()[raw.input].path, 0, static_cast<int64_t>(raw.offset), raw.line},
                                 *rejection, raw.bytes, raw.full_size, options_.dead_letter_payload)));
  }
  return Status::Ok();
}

bool FileRun::EpochIsDue() const {
  return epoch_records_ >= options_.max_epoch_records || epoch_bytes_ >= kMaxEpochBytes ||
         partitions_->epoch_bytes() >= options_.max_changed_lead_bytes ||
         MonotonicNow() - epoch_began_ >= epoch_time_.value();
}

Status FileRun::EndEpoch() {
  bool more = true;
  while (more) {
    LP_RETURN_IF_ERROR(store_.Settle());  // timers are read
    LP_ASSIGN_OR_RETURN(const bool more_due, partitions_->FireDueTimers(committer_->clock()));
    // In follow mode, records do not wait until all timers have fired: the next batch comes first.
    timers_wait_ = options_.follow && more_due;
    LP_RETURN_IF_ERROR(partitions_->FlushChanges());
    if (options_.follow && NothingHappened()) {
      epoch_began_ = MonotonicNow();
      AnswerRequests();
      return Status::Ok();
    }
    LP_RETURN_IF_ERROR(Commit(nullptr));
    // After a stop, timers that are still due fire in the next run: the clock is committed.
    more = more_due && !timers_wait_ && !stopping();
    if (more) ShowProgress("firing timers");
  }
  return Status::Ok();
}

// Whether only time has passed since the last commit, which needs no write.
bool FileRun::NothingHappened() const {
  return epoch_records_ == 0 && positions_.empty() && partitions_->dirty_bytes() == 0;
}

Status FileRun::Commit(const engine::StoredDefinitions* definitions) {
  const auto began = MonotonicNow();
  LP_RETURN_IF_ERROR(SyncInputs());
  LP_RETURN_IF_ERROR(committer_->Commit(partitions_.get(), positions_, definitions));
  // In follow mode, wait until the epoch is durable: readers of the outputs wait for it.
  if (!options_.commit_in_background || options_.follow) LP_RETURN_IF_ERROR(store_.Settle());
  if (environment_.metrics != nullptr) CountCommit(began);
  telemetry::LogDebug("epoch committed: " + std::to_string(epoch_records_) + " records, clock " +
                      DescribeClock(committer_->clock()));
  positions_.clear();
  epoch_began_ = MonotonicNow();
  epoch_time_.Ended(epoch_records_, epoch_batches_, epoch_began_);
  epoch_records_ = epoch_bytes_ = epoch_batches_ = 0;
  AnswerRequests();
  return Status::Ok();
}

void FileRun::CountCommit(std::chrono::steady_clock::time_point began) {
  RunMetrics& metrics = *environment_.metrics;
  ++metrics.commits;
  metrics.commit_durations.Observe(MonotonicNow() - began);
  const Instant now = environment_.clock->Now();
  records_begun_.EndAll(now, &metrics.record_to_commit);
  partitions_->EndDurations(now, &metrics.event_to_change);
  engine::EngineCounters counters = summary_.engine;
  counters.Add(partitions_->Counters());
  metrics.Set(counters, summary_.rejected);
}

void FileRun::AnswerRequests() {
  if (environment_.requests == nullptr) return;
  const size_t answered = environment_.requests->AnswerRequests();
  if (answered == 0) return;
  CrashPoint("backup_answered");
  telemetry::LogInfo("state copied for a backup: " + std::to_string(answered) + " asked for one");
}

Status FileRun::WriteLeads() {
  ShowProgress("writing leads.jsonl");
  LP_RETURN_IF_ERROR(store_.Settle());
  LeadsFileOptions options{options_.output_directory + "/" + kLeadsFile, committer_->clock(), options_.sync,
                           [this] { AnswerRequests(); }};
  LP_ASSIGN_OR_RETURN(summary_.leads, WriteLeadsFile(store_, rollout_->current(), options, *environment_.stop, &pool_));
  return Status::Ok();
}

void FileRun::ShowProgress(const char* activity) {
  if (environment_.progress == nullptr) return;
  Progress progress{activity, summary_.records, {}, std::nullopt};
  if (current_input_.has_value()) progress.file = inputs_->inputs()[*current_input_].path;
  std::optional<uint64_t> size = inputs_->stored_size();
  if (size.value_or(0) > 0) progress.fraction = static_cast<double>(stored_bytes_read_) / static_cast<double>(*size);
  environment_.progress->OnProgress(progress);
}

void FileRun::NotePosition(uint32_t input, const input::InputProgress& progress) {
  bool moved = current_input_ != input || !(progress == current_progress_);
  if (moved) positions_[inputs_->inputs()[input].path] = progress;
  current_input_ = input;
  current_progress_ = progress;
}

std::string FileRun::WhereStopped() const {
  if (!current_input_.has_value()) return kNothingRead;
  const input::Input& input = inputs_->inputs()[*current_input_];
  const char* unit = input.format.records == input::FileFormat::kProtobuf ? "record " : "line ";
  return (input.path == input::kStandardInput ? "standard input" : input.path) + ", after " + unit +
         std::to_string(current_progress_.lines_read());
}

RunSummary FileRun::Summarize() const {
  RunSummary summary = summary_;
  if (partitions_ != nullptr) summary.engine.Add(partitions_->Counters());
  if (committer_ != nullptr && committer_->clock() != Instant::DistantPast()) summary.clock = committer_->clock();
  summary.elapsed = MonotonicNow() - started_;
  if (!summary.leads) summary.stopped_at = WhereStopped();
  if (inputs_ != nullptr) summary.unusable = unusable_.Describe(inputs_->inputs());
  return summary;
}

}  // namespace leadpulse::files
