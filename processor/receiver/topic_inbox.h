// Records into a topic of Kafka, each post answered only when all in-sync replicas have all of its records.
//
// What is kept for people goes into a file all the same, and so does a record that the topic does not take, as one that
// is too large: posted again it would be no smaller, and would keep the others of its post out for ever.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/record_writer.h"
#include "processor/receiver/record_sink.h"

namespace leadpulse::receiver {

// Written by the inbox, read by whoever asks.
struct TopicMetrics {
  std::atomic<uint64_t> batches{0};
  std::atomic<uint64_t> acknowledged{0};  // records, as those below
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> waiting{0};
};

class TopicInbox : public RecordSink {
 public:
  // `kept` gets batches without events, also from the writer's thread. It, `clock` and `metrics` outlive this. The
  // writer does not wait for room.
  TopicInbox(std::unique_ptr<kafka::RecordWriter> writer, RecordSink* kept, const Clock* clock, TopicMetrics* metrics);
  ~TopicInbox() override;

  void Append(const Batch& batch, Done done) override;
  // Refuses what comes, and gives what waits until `timeout`; then all is answered.
  void Close(std::chrono::milliseconds timeout);

  // What ends the process: the topic wants a person. Ok: nothing has. From any thread, as the next.
  Status failure() const;
  // The same, or that the brokers did not acknowledge a post within the last seconds.
  Status readiness() const;

 private:
  struct Pending;
  void WriteAll(const Batch& batch, const std::shared_ptr<Pending>& pending);
  template <typename Record>
  void WriteOne(const Record& record, const std::shared_ptr<Pending>& pending);
  template <typename Record>
  void Settle(Pending* pending, const Record& record, const Status& status);
  // One part of it less; the last one answers.
  void Release(const std::shared_ptr<Pending>& pending);
  void Answer(const std::shared_ptr<Pending>& pending, const Status& status);
  void Note(const Status& status);

  RecordSink* const kept_;
  const Clock* const clock_;
  TopicMetrics* const metrics_;

  std::mutex writing_;                           // of the next: whoever writes, and who closes
  std::unique_ptr<kafka::RecordWriter> writer_;  // null: closed

  mutable std::mutex mutex_;  // of what follows
  Status failure_;
  Status last_problem_;
  std::chrono::steady_clock::time_point last_problem_at_;
};

}  // namespace leadpulse::receiver
