// Writes records into files, and answers each post only when its records are durable.
//
// Append is thread-safe and does not wait; a batch that it reports as stored survives a power cut. One thread writes.
// It takes all waiting posts, appends them to the segment's journal, makes them durable with one fdatasync, answers
// them, and then appends them to the segment (inbox_folder.h). Many posts share one sync. After a failed write or sync
// the file's content is unknown, so nothing more is written: waiting and later posts are refused, and the process must
// end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/receiver/appended_file.h"
#include "processor/receiver/inbox_folder.h"
#include "processor/receiver/token_log.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::receiver {

// Stores posts and events that became no record, as lines for a person. The size is limited, because strangers may
// post. Owned and called by one thread.
class QuarantineFile {
 public:
  // Cuts off a torn last line.
  static Result<std::unique_ptr<QuarantineFile>> Open(const std::string& path, uint64_t most_bytes,
                                                      const OpenAppended& open);

  // Appends the first lines that fit; `lines` includes their line ends. False: not all fit.
  Result<bool> Append(std::string_view lines);
  // Does nothing if nothing was appended.
  Status Sync();
  uint64_t bytes() const { return bytes_; }

 private:
  QuarantineFile(std::unique_ptr<AppendedFile> file, uint64_t bytes, uint64_t most_bytes)
      : file_(std::move(file)), bytes_(bytes), most_bytes_(most_bytes) {}

  const std::unique_ptr<AppendedFile> file_;
  uint64_t bytes_;
  const uint64_t most_bytes_;
  bool dirty_ = false;
};

struct InboxOptions {
  std::string folder;
  size_t segment_bytes = 256 << 20;  // a segment ends at this size
  size_t kept_bytes = 64 << 20;      // limit of aside/kept.jsonl; beyond it, only counted
  size_t waiting_bytes = 256 << 20;  // limit of records that wait for the disk; posts beyond it get 503
  Millis token_lifetime{0};          // how long used tokens are remembered (token_log.h)
};

// Written by the inbox, read by any thread.
struct InboxMetrics {
  std::atomic<uint64_t> batches{0};  // durable
  std::atomic<uint64_t> record_bytes{0};
  std::atomic<uint64_t> syncs{0};
  std::atomic<uint64_t> sync_micros{0};
  std::atomic<uint64_t> longest_sync_micros{0};
  std::atomic<uint64_t> segments{0};
  std::atomic<uint64_t> waiting_bytes{0};
  std::atomic<uint64_t> kept_bytes{0};
  std::atomic<uint64_t> kept_full{0};  // batches that did not all fit into it
};

class FileInbox : public codec::RecordSink {
 public:
  // Opens the inbox and adds the tokens in the folder to `tokens`. `clock` and `metrics` outlive it. Errors are those
  // of InboxFolder::Open and TokenLog::Open.
  static Result<std::unique_ptr<FileInbox>> Open(const InboxOptions& options, const Clock* clock, InboxMetrics* metrics,
                                                 webhooks::UsedTokens* tokens, OpenAppended open = OpenAppendedOnDisk);
  ~FileInbox() override;
  FileInbox(const FileInbox&) = delete;
  FileInbox& operator=(const FileInbox&) = delete;

  // Queues the batch for the writer. Retriable: more waits for the disk than there is room for, or the inbox is closed.
  void Append(const codec::RecordBatch& batch, codec::Done done) override;
  // Makes waiting records durable, ends the segment and refuses later posts. Returns the first failure, if any.
  Status Close() override;
  Status failure() const override;

 private:
  struct Waiting {
    std::string records;
    std::string quarantine;
    std::string token;
    codec::Done done;
    codec::SourcePosition at = codec::kNowhere;  // once it is written
    size_t bytes() const { return records.size() + quarantine.size(); }
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

  // Queues a batch. All below run on the writer's thread.
  Status Enqueue(Waiting* waiting);
  void Run();
  // Takes the waiting batches; nullopt: the thread must end.
  std::optional<std::vector<Waiting>> Take();
  Status MakeDurable(std::vector<Waiting>* group);
  Status WriteJournal(Waiting* waiting);
  Status Keep(const std::string& lines);
  Status SyncAll();
  Status Show(const std::vector<Waiting>& group);
  Status BeginSegment();
  Status EndSegment();
  // Writes nothing afterwards.
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

  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  size_t bytes_ = 0;  // waiting or being written
  Status refusal_;    // the error for new batches; ok: they are accepted
  Status failure_;
  bool closing_ = false;
  std::thread writer_;
};

}  // namespace leadpulse::receiver
