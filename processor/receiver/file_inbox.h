// Records into files, each post answered only when they are durable.
//
// One thread writes. It takes all posts that wait, appends them to the segment's journal, makes them durable with one
// fdatasync, answers them, and only then shows them in the segment (inbox_folder.h). The more come at once, the more
// each sync serves. After a write or a sync that failed nobody knows what the file holds, so
// nothing is written any more: what waits and all that comes is refused, and the process has to end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/receiver/appended_file.h"
#include "processor/receiver/inbox_folder.h"
#include "processor/receiver/quarantine_file.h"
#include "processor/receiver/record_sink.h"
#include "processor/receiver/token_log.h"

namespace leadpulse::receiver {

struct InboxOptions {
  std::string folder;
  size_t segment_bytes = 256 << 20;  // a segment that has so many ends
  size_t kept_bytes = 64 << 20;      // of aside/kept.jsonl; what comes then is only counted
  size_t waiting_bytes = 256 << 20;  // records that wait for the disk; a post beyond is to come again
  Millis token_lifetime{0};          // of used tokens (token_log.h)
};

// Written by the inbox, read by whoever asks.
struct InboxMetrics {
  std::atomic<uint64_t> batches{0};  // durable
  std::atomic<uint64_t> record_bytes{0};
  std::atomic<uint64_t> syncs{0};
  std::atomic<uint64_t> sync_micros{0};
  std::atomic<uint64_t> longest_sync_micros{0};
  std::atomic<uint64_t> segments{0};
  std::atomic<uint64_t> waiting_bytes{0};
  std::atomic<uint64_t> kept_bytes{0};
  std::atomic<uint64_t> kept_full{0};  // batches of which not all could be kept
};

class FileInbox : public RecordSink {
 public:
  // As InboxFolder::Open and TokenLog::Open. `clock` and `metrics` outlive this; `tokens` gets those that the folder
  // holds.
  static Result<std::unique_ptr<FileInbox>> Open(const InboxOptions& options, const Clock* clock, InboxMetrics* metrics,
                                                 webhooks::UsedTokens* tokens, OpenAppended open = OpenAppendedOnDisk);
  ~FileInbox() override;
  FileInbox(const FileInbox&) = delete;
  FileInbox& operator=(const FileInbox&) = delete;

  void Append(const Batch& batch, Done done) override;
  // Makes durable what waits, closes the segment and refuses what comes. Gives what has failed, if anything ever has.
  Status Close();
  // What has failed; ok: nothing. From any thread.
  Status failure() const;

 private:
  struct Waiting {
    std::string records;
    std::string kept;
    std::optional<webhooks::SignedToken> token;
    Done done;
    size_t bytes() const { return records.size() + kept.size(); }
  };
  struct Segment {
    SegmentPaths paths;
    std::unique_ptr<AppendedFile> journal;
    std::unique_ptr<AppendedFile> shown;
    uint64_t bytes = 0;
  };

  FileInbox(const InboxOptions& options, const Clock* clock, InboxMetrics* metrics, OpenAppended open,
            std::unique_ptr<InboxFolder> folder, std::unique_ptr<QuarantineFile> kept,
            std::unique_ptr<TokenLog> tokens);

  // All below but Enqueue on the writer's thread.
  Status Enqueue(Waiting* waiting);
  void Run();
  // What waits. Nothing: it is time to end.
  std::optional<std::vector<Waiting>> Take();
  Status MakeDurable(const std::vector<Waiting>& group);
  Status WriteJournal(const std::string& records);
  Status Keep(const std::string& lines);
  Status SyncAll();
  Status Show(const std::vector<Waiting>& group);
  Status BeginSegment();
  Status EndSegment();
  // Nothing is written after it.
  void Fail(const std::vector<Waiting>& group, const Status& status);
  void Answer(const std::vector<Waiting>& group, const Status& status);

  const InboxOptions options_;
  const Clock* const clock_;
  InboxMetrics* const metrics_;
  const OpenAppended open_;
  const std::unique_ptr<InboxFolder> folder_;
  const std::unique_ptr<QuarantineFile> kept_;
  const std::unique_ptr<TokenLog> tokens_;
  std::optional<Segment> segment_;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  size_t bytes_ = 0;  // of what waits or is being written
  Status refusal_;    // what is told to who comes; ok: they may come
  Status failure_;
  bool closing_ = false;
  std::thread writer_;
};

}  // namespace leadpulse::receiver
