// Writes records to the topics, and answers each post only when all in-sync replicas have all its records.
//
// Lines for people still go into a file, and so does a record that a topic refuses, such as one that is too large:
// posting it again would not help, and would block the other records of its post for ever.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/record_writer.h"
#include "processor/receiver/record_sink.h"

namespace leadpulse::receiver {

// Written by the inbox, read by any thread.
struct TopicMetrics {
  std::atomic<uint64_t> batches{0};
  std::atomic<uint64_t> acknowledged{0};  // records, like those below
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> waiting{0};
};

class TopicInbox : public RecordSink {
 public:
  // `kept` gets batches without events, also from the writer's thread. `kept`, `clock` and `metrics` outlive this. The
  // writer must not wait for room.
  TopicInbox(std::unique_ptr<kafka::RecordWriter> writer, RecordSink* kept, const Clock* clock, TopicMetrics* metrics);
  ~TopicInbox() override;

  void Append(const Batch& batch, Done done) override;
  // Refuses new posts, and waits up to `timeout` for the acknowledgements of the others; then all are answered.
  void Close(std::chrono::milliseconds timeout);

  // Also a failure of `kept`.
  Status failure() const override;
  // Not ready also if the brokers did not acknowledge a post in the last seconds.
  Status readiness() const override;

 private:
  struct Pending;
  template <typename Record>
  void WriteOne(const Record& record, const std::shared_ptr<Pending>& pending);
  template <typename Record>
  void Settle(Pending* pending, const Record& record, const Result<codec::SourcePosition>& at);
  // Drops one reference; the last one answers.
  void Release(const std::shared_ptr<Pending>& pending);
  void Answer(const std::shared_ptr<Pending>& pending, const Status& status);
  void Note(const Status& status);

  RecordSink* const kept_;
  const Clock* const clock_;
  TopicMetrics* const metrics_;

  std::mutex writing_;                           // guards writer_, for Append and Close
  std::unique_ptr<kafka::RecordWriter> writer_;  // null: closed

  mutable std::mutex mutex_;  // guards the members below
  Status failure_;
  Status last_problem_;
  std::chrono::steady_clock::time_point last_problem_at_;
};

}  // namespace leadpulse::receiver
