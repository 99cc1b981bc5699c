#include "processor/kafka/topic_sink.h"

#include <optional>
#include <string>
#include <variant>

#include "processor/base/json_object.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::kafka {
namespace {

// A load balancer stops sending posts while it is not ready, but only a post shows that the brokers are back.
constexpr std::chrono::seconds kProblemLasts{10};
// For the sender of a record that has no quarantine to go to; the broker's own words are for operators.
constexpr const char* kRefused = "the topic does not take this record; it is probably too large";

std::string RefusedLine(const codec::Record& record, const std::string& why) {
  std::string text;
  JsonObject line(&text);
  line.Text("reason", "refused");
  line.Text("detail", why);
  std::string* const value = line.Key(std::holds_alternative<codec::Event>(record) ? "event" : "command");
  std::visit([value](const auto& one) { codec::AppendTopicJson(one, value); }, record);
  line.End();
  return text + "\n";
}

}  // namespace

// One batch. Each of its records has a reference, and so has Append while it writes them.
struct TopicSink::Pending {
  codec::Done done;
  std::mutex mutex;  // guards the members below
  size_t parts = 1;
  std::optional<codec::SourcePosition> first;  // the record that was acknowledged first
  Status problem;                              // the first failure of a record; ok: all are acknowledged or refused
  std::string quarantine;
  std::string token;
};

void TopicSink::Append(const codec::RecordBatch& batch, codec::Done done) {
  auto pending = std::make_shared<Pending>();
  pending->done = std::move(done);
  if (options_.stops_at_first_error) pending->problem = failure();
  pending->quarantine = batch.quarantine;
  pending->token = batch.token;
  {
    const std::lock_guard<std::mutex> lock(writing_);
    for (const codec::Record& record : batch.records) WriteOne(record, pending);
  }
  Release(pending);
}

void TopicSink::WriteOne(const codec::Record& record, const std::shared_ptr<Pending>& pending) {
  {
    const std::lock_guard<std::mutex> of_pending(pending->mutex);
    if (!pending->problem.ok()) return;
    ++pending->parts;
  }
  ++metrics_.waiting;
  // Only the quarantine needs the record again.
  const auto copy = options_.quarantine == nullptr ? nullptr : std::make_shared<const codec::Record>(record);
  const auto settle = [this, pending, copy](const codec::Stored& stored) {
    Settle(pending.get(), copy.get(), stored);
    Release(pending);
  };
  const Status queued =
      writer_ == nullptr ? Status::Retriable("the receiver is stopping") : writer_->Write(record, settle);
  queued.ok() ? static_cast<void>(++sent_) : settle(queued);
}

void TopicSink::Settle(Pending* pending, const codec::Record* record, const codec::Stored& stored) {
  --metrics_.waiting;
  const std::lock_guard<std::mutex> lock(pending->mutex);
  if (stored.ok()) {
    ++metrics_.acknowledged;
    if (!pending->first) pending->first = *stored;
    return;
  }
  const Status& status = stored.status();
  const bool refused = status.kind() == ErrorKind::kRejected;
  ++(refused ? metrics_.refused : metrics_.failed);
  if (refused && record != nullptr) {
    pending->quarantine += RefusedLine(*record, status.message());
  } else if (pending->problem.ok()) {
    const bool tells_broker = !refused || options_.stops_at_first_error;
    pending->problem = tells_broker ? status : Status::Rejected(kRefused);
  }
}

void TopicSink::Release(const std::shared_ptr<Pending>& pending) {
  {
    const std::lock_guard<std::mutex> lock(pending->mutex);
    if (--pending->parts > 0) return;
  }
  // Nobody else has a reference any more.
  if (!pending->problem.ok()) return Answer(pending, pending->problem);
  if (pending->quarantine.empty() && pending->token.empty()) return Answer(pending, Status::Ok());
  LP_ASSERT(options_.quarantine != nullptr);
  options_.quarantine->Append({.quarantine = pending->quarantine, .token = pending->token},
                              [this, pending](const codec::Stored& stored) { Answer(pending, stored.status()); });
}

void TopicSink::Answer(const std::shared_ptr<Pending>& pending, const Status& status) {
  if (status.ok()) ++metrics_.batches;
  Note(status);
  if (pending->done == nullptr) return;
  status.ok() ? pending->done(pending->first.value_or(codec::kNowhere)) : pending->done(status);
}

void TopicSink::Note(const Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool ends = !status.ok() && (options_.stops_at_first_error || status.kind() == ErrorKind::kFatal);
  if (ends && failure_.ok()) failure_ = status;
  if (!status.ok() && status.kind() == ErrorKind::kRejected) return;  // the brokers work
  last_problem_ = status;
  if (!status.ok()) last_problem_at_ = clock_.Monotonic();
}

Status TopicSink::Flush() {
  if (writer_ == nullptr) return failure();
  Status flushed = writer_->Flush(options_.flush_timeout);
  LP_RETURN_IF_ERROR(failure());
  return flushed;
}

Status TopicSink::Close() {
  std::unique_ptr<RecordWriter> writer;
  {
    const std::lock_guard<std::mutex> lock(writing_);
    writer = std::move(writer_);
  }
  if (writer == nullptr) return failure();
  Status flushed = writer->Flush(options_.flush_timeout);
  LP_RETURN_IF_ERROR(failure());
  return flushed;  // the writer's destructor fails the records that are not acknowledged by then
}

Status TopicSink::failure() const {
  if (options_.quarantine != nullptr) LP_RETURN_IF_ERROR(options_.quarantine->failure());
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failure_.ok() || !options_.stops_at_first_error) return failure_;
  const std::string text = failure_.message() + ". " + std::to_string(sent_) + " records were sent, and " +
                           std::to_string(metrics_.acknowledged) + " are acknowledged; others may be there";
  const auto make = failure_.kind() == ErrorKind::kRetriable  ? &Status::Retriable
                    : failure_.kind() == ErrorKind::kRejected ? &Status::Rejected
                                                              : &Status::Fatal;
  return make(text);
}

Status TopicSink::readiness() const {
  LP_RETURN_IF_ERROR(failure());
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool passed = last_problem_.ok() || clock_.Monotonic() - last_problem_at_ > kProblemLasts;
  return passed ? Status::Ok() : last_problem_;
}

}  // namespace leadpulse::kafka
