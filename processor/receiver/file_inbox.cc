#include "processor/receiver/file_inbox.h"

#include <algorithm>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/telemetry/logging.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::receiver {

Result<std::unique_ptr<QuarantineFile>> QuarantineFile::Open(const std::string& path, uint64_t most_bytes,
                                                             const OpenAppended& open) {
  LP_ASSIGN_OR_RETURN(const uint64_t bytes, CutOffTornEnd(path));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<AppendedFile> file, open(path));
  return std::unique_ptr<QuarantineFile>(new QuarantineFile(std::move(file), bytes, most_bytes));
}

Result<bool> QuarantineFile::Append(std::string_view lines) {
  std::string_view fitting = lines;
  const uint64_t room = bytes_ < most_bytes_ ? most_bytes_ - bytes_ : 0;
  if (fitting.size() > room) {
    const size_t end = room == 0 ? std::string_view::npos : fitting.rfind('\n', room - 1);
    fitting = end == std::string_view::npos ? std::string_view() : fitting.substr(0, end + 1);
  }
  if (!fitting.empty()) {
    LP_RETURN_IF_ERROR(file_->Append(fitting));
    bytes_ += fitting.size();
    dirty_ = true;
  }
  return fitting.size() == lines.size();
}

Status QuarantineFile::Sync() {
  if (!dirty_) return Status::Ok();
  dirty_ = false;
  return file_->Sync();
}

Result<std::unique_ptr<FileInbox>> FileInbox::Open(const InboxOptions& options, const Clock* clock,
                                                   InboxMetrics* metrics, webhooks::UsedTokens* tokens,
                                                   OpenAppended open) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<InboxFolder> folder, InboxFolder::Open(options.folder));
  LP_ASSIGN_OR_RETURN(const std::string kept_path, folder->QuarantineFile());
  LP_ASSIGN_OR_RETURN(std::unique_ptr<QuarantineFile> kept, QuarantineFile::Open(kept_path, options.kept_bytes, open));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<TokenLog> log,
                      TokenLog::Open({folder->TokenFolder(), options.token_lifetime}, open, tokens));
  metrics->kept_bytes = kept->bytes();
  return std::unique_ptr<FileInbox>(
      new FileInbox(options, clock, metrics, std::move(open), std::move(folder), std::move(kept), std::move(log)));
}

FileInbox::FileInbox(const InboxOptions& options, const Clock* clock, InboxMetrics* metrics, OpenAppended open,
                     std::unique_ptr<InboxFolder> folder, std::unique_ptr<QuarantineFile> kept,
                     std::unique_ptr<TokenLog> tokens)
    : options_(options),
      clock_(clock),
      metrics_(metrics),
      open_(std::move(open)),
      folder_(std::move(folder)),
      kept_(std::move(kept)),
      tokens_(std::move(tokens)) {
  writer_ = std::thread([this] { Run(); });
}

FileInbox::~FileInbox() { (void)Close(); }

void FileInbox::Append(const codec::RecordBatch& batch, codec::Done done) {
  Waiting waiting{std::string(batch.lines), std::string(batch.quarantine), std::string(batch.token), std::move(done)};
  if (waiting.done == nullptr) waiting.done = [](const codec::Stored&) {};
  if (batch.lines.empty()) {
    for (const codec::Record& record : batch.records) codec::AppendInputJson(record, &waiting.records);
  }
  if (waiting.bytes() == 0 && waiting.token.empty()) return waiting.done(codec::kNowhere);
  const Status status = Enqueue(&waiting);
  if (!status.ok()) waiting.done(status);
}

Status FileInbox::Enqueue(Waiting* waiting) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!refusal_.ok()) return refusal_;
  // A single batch is always taken, because it would not be smaller later.
  if (bytes_ > 0 && bytes_ + waiting->bytes() > options_.waiting_bytes) {
    return Status::Retriable("more waits for the disk than there is room for");
  }
  bytes_ += waiting->bytes();
  metrics_->waiting_bytes = bytes_;
  waiting_.push_back(std::move(*waiting));
  changed_.notify_all();
  return Status::Ok();
}

Status FileInbox::Close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
    if (refusal_.ok()) refusal_ = Status::Retriable("the receiver is stopping");
    changed_.notify_all();
  }
  if (writer_.joinable()) writer_.join();
  return failure();
}

Status FileInbox::failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

void FileInbox::Run() {
  while (std::optional<std::vector<Waiting>> group = Take()) {
    if (const Status status = MakeDurable(&*group); !status.ok()) return Fail(*group, status);
    Answer(*group, Status::Ok());
    if (const Status status = Show(*group); !status.ok()) return Fail({}, status);
  }
  const Status status = EndSegment();
  const std::lock_guard<std::mutex> lock(mutex_);
  failure_ = status;
}

std::optional<std::vector<FileInbox::Waiting>> FileInbox::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.empty() || closing_; });
  if (waiting_.empty()) return std::nullopt;
  return std::exchange(waiting_, {});
}

void FileInbox::Fail(const std::vector<Waiting>& group, const Status& status) {
  std::vector<Waiting> others;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = refusal_ = status;
    others = std::exchange(waiting_, {});
  }
  Answer(group, status);
  Answer(others, status);
}

Status FileInbox::MakeDurable(std::vector<Waiting>* group) {
  if (segment_ && segment_->bytes >= options_.segment_bytes) LP_RETURN_IF_ERROR(EndSegment());
  for (Waiting& waiting : *group) {
    if (!waiting.records.empty()) LP_RETURN_IF_ERROR(WriteJournal(&waiting));
    LP_RETURN_IF_ERROR(Keep(waiting.quarantine));
    if (waiting.token.empty()) continue;
    LP_RETURN_IF_ERROR(tokens_->Append(waiting.token, clock_->Now()));
    CrashPoint("received_token");
  }
  LP_RETURN_IF_ERROR(SyncAll());
  CrashPoint("received_durable");
  return Status::Ok();
}

Status FileInbox::WriteJournal(Waiting* waiting) {
  if (!segment_) LP_RETURN_IF_ERROR(BeginSegment());
  LP_RETURN_IF_ERROR(segment_->journal->Append(waiting->records));
  waiting->at = {segment_->paths.segment, 0, static_cast<int64_t>(segment_->bytes), 0};
  segment_->bytes += waiting->records.size();
  metrics_->record_bytes += waiting->records.size();
  CrashPoint("received_written");
  return Status::Ok();
}

Status FileInbox::Keep(const std::string& lines) {
  LP_ASSIGN_OR_RETURN(const bool all_kept, kept_->Append(lines));
  if (!all_kept && metrics_->kept_full++ == 0) {
    telemetry::LogWarning(
        "aside/kept.jsonl is full: what cannot be used is only counted from now on. Move it away and start again to "
        "keep more");
  }
  return Status::Ok();
}

// Appends the group to the segment with one write, so that a run that follows the segment reads it together. The
// segment is synced only at its end, because the records are already durable in the journal.
Status FileInbox::Show(const std::vector<Waiting>& group) {
  std::string records;
  for (const Waiting& waiting : group) records += waiting.records;
  return records.empty() ? Status::Ok() : segment_->shown->Append(records);
}

Status FileInbox::SyncAll() {
  const auto begun = clock_->Monotonic();
  if (segment_) LP_RETURN_IF_ERROR(segment_->journal->Sync());
  LP_RETURN_IF_ERROR(kept_->Sync());
  // Last, so that a durable token has durable records.
  CrashPoint("received_before_token_sync");
  LP_RETURN_IF_ERROR(tokens_->Sync(clock_->Now()));
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock_->Monotonic() - begun);
  const auto micros = static_cast<uint64_t>(std::max<int64_t>(took.count(), 0));
  ++metrics_->syncs;
  metrics_->sync_micros += micros;
  metrics_->longest_sync_micros = std::max(metrics_->longest_sync_micros.load(), micros);
  metrics_->kept_bytes = kept_->bytes();
  return Status::Ok();
}

Status FileInbox::BeginSegment() {
  const SegmentPaths paths = folder_->NextSegment();
  LP_ASSIGN_OR_RETURN(std::unique_ptr<AppendedFile> journal, open_(paths.journal));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<AppendedFile> shown, open_(paths.segment));
  segment_ = Segment{paths, std::move(journal), std::move(shown), 0};
  ++metrics_->segments;
  return Status::Ok();
}

Status FileInbox::EndSegment() {
  if (!segment_) return Status::Ok();
  LP_RETURN_IF_ERROR(segment_->shown->Sync());
  CrashPoint("received_segment_end");
  const SegmentPaths paths = segment_->paths;
  segment_.reset();
  return folder_->EndSegment(paths);
}

void FileInbox::Answer(const std::vector<Waiting>& group, const Status& status) {
  size_t bytes = 0;
  for (const Waiting& waiting : group) bytes += waiting.bytes();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    bytes_ -= bytes;
    metrics_->waiting_bytes = bytes_;
  }
  if (status.ok()) metrics_->batches += group.size();
  for (const Waiting& waiting : group) {
    status.ok() ? waiting.done(waiting.at) : waiting.done(status);
  }
}

}  // namespace leadpulse::receiver
