// Stores input records in the topics of a live run: a batch is stored when all in-sync replicas have all its records.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/record_writer.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::kafka {

// Written by the sink, read by any thread.
struct TopicSinkMetrics {
  std::atomic<uint64_t> batches{0};
  std::atomic<uint64_t> acknowledged{0};  // records, like those below
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> waiting{0};
};

struct TopicSinkOptions {
  // Gets the lines and tokens of batches whose records are stored, and records that a topic refuses, such as one that
  // is too large: appending it again would not help, and would block the other records of its batch for ever. Null: the
  // batch of such a record is rejected.
  codec::RecordSink* quarantine = nullptr;
  // Whether the first record that is not stored, for whatever reason, ends the sink. Then its failure says how many
  // records are there.
  bool stops_at_first_error = false;
  // How long Flush and Close wait for acknowledgements: a little more than the writer waits for a record.
  std::chrono::milliseconds flush_timeout{40'000};
};

// The topics as a place for input records. Append and Write are thread-safe, and wait as long as the writer waits for
// room. `done` is called on a thread of the writer or of the quarantine.
class TopicSink : public codec::RecordSink {
 public:
  // Owns `writer`. The quarantine and `clock` must outlive this.
  TopicSink(std::unique_ptr<RecordWriter> writer, const TopicSinkOptions& options, const Clock* clock)
      : options_(options), clock_(*clock), writer_(std::move(writer)) {}
  // Answers the batches that still wait: Retriable.
  ~TopicSink() override { writer_.reset(); }

  void Append(const codec::RecordBatch& batch, codec::Done done) override;
  // Waits for the acknowledgements. Retriable: some did not come in time.
  Status Flush() override;
  // Refuses later batches, flushes, and answers the batches that still wait: Retriable.
  Status Close() override;

  // Returns a failure of the quarantine, too.
  Status failure() const override;
  // Returns the last problem, too, if the brokers failed to acknowledge a batch in the last seconds.
  Status readiness() const override;
  const TopicSinkMetrics& metrics() const { return metrics_; }

 private:
  struct Pending;
  void WriteOne(const codec::Record& record, const std::shared_ptr<Pending>& pending);
  void Settle(Pending* pending, const codec::Record* record, const codec::Stored& stored);
  // Drops one reference; the last one answers.
  void Release(const std::shared_ptr<Pending>& pending);
  void Answer(const std::shared_ptr<Pending>& pending, const Status& status);
  void Note(const Status& status);

  const TopicSinkOptions options_;
  const Clock& clock_;
  TopicSinkMetrics metrics_;
  std::atomic<uint64_t> sent_{0};  // records that the writer has taken

  mutable std::mutex mutex_;  // guards the members below
  Status failure_;
  Status last_problem_;
  std::chrono::steady_clock::time_point last_problem_at_;

  std::mutex writing_;                    // guards writer_, for Append and Close
  std::unique_ptr<RecordWriter> writer_;  // null: closed
};

}  // namespace leadpulse::kafka
