#include "processor/receiver/topic_inbox.h"

#include <type_traits>
#include <utility>

#include "processor/base/json_object.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::receiver {
namespace {

// A load balancer stops sending posts while it is not ready, but only a post shows that the brokers are back.
constexpr std::chrono::seconds kProblemLasts{10};

template <typename Record>
std::string RefusedLine(const Record& record, const std::string& why) {
  std::string text;
  JsonObject line(&text);
  line.Text("reason", "refused");
  line.Text("detail", why);
  codec::AppendTopicJson(record, line.Key(std::is_same_v<Record, codec::Event> ? "event" : "command"));
  line.End();
  return text + "\n";
}

}  // namespace

// One post. Each of its records has a reference, and so has Append while it writes them.
struct TopicInbox::Pending {
  Done done;
  std::mutex mutex;  // guards the members below
  size_t parts = 1;
  std::optional<codec::SourcePosition> first;  // the record that was acknowledged first
  Status problem;                              // the first failure of a record; ok: all are acknowledged or refused
  std::string kept;
  std::optional<webhooks::SignedToken> token;
};

TopicInbox::TopicInbox(std::unique_ptr<kafka::RecordWriter> writer, RecordSink* kept, const Clock* clock,
                       TopicMetrics* metrics)
    : kept_(kept), clock_(clock), metrics_(metrics), writer_(std::move(writer)) {}

TopicInbox::~TopicInbox() { Close(std::chrono::milliseconds(0)); }

void TopicInbox::Append(const Batch& batch, Done done) {
  auto pending = std::make_shared<Pending>();
  pending->done = std::move(done);
  pending->kept = batch.kept;
  pending->token = batch.token;
  {
    const std::lock_guard<std::mutex> lock(writing_);
    for (const codec::Command& command : batch.commands) WriteOne(command, pending);
    for (const codec::Event& event : batch.events) WriteOne(event, pending);
  }
  Release(pending);
}

template <typename Record>
void TopicInbox::WriteOne(const Record& record, const std::shared_ptr<Pending>& pending) {
  {
    const std::lock_guard<std::mutex> of_pending(pending->mutex);
    if (!pending->problem.ok()) return;
    ++pending->parts;
  }
  ++metrics_->waiting;
  const auto settle = [this, pending, record](const Result<codec::SourcePosition>& at) {
    Settle(pending.get(), record, at);
    Release(pending);
  };
  const Status queued =
      writer_ == nullptr ? Status::Retriable("the receiver is stopping") : writer_->Write(record, settle);
  if (!queued.ok()) settle(queued);
}

template <typename Record>
void TopicInbox::Settle(Pending* pending, const Record& record, const Result<codec::SourcePosition>& at) {
  --metrics_->waiting;
  const std::lock_guard<std::mutex> lock(pending->mutex);
  if (at.ok()) {
    ++metrics_->acknowledged;
    if (!pending->first) pending->first = *at;
    return;
  }
  const Status& status = at.status();
  const bool refused = status.kind() == ErrorKind::kRejected;
  ++(refused ? metrics_->refused : metrics_->failed);
  if (refused) {
    pending->kept += RefusedLine(record, status.message());
  } else if (pending->problem.ok()) {
    pending->problem = status;
  }
}

void TopicInbox::Release(const std::shared_ptr<Pending>& pending) {
  {
    const std::lock_guard<std::mutex> lock(pending->mutex);
    if (--pending->parts > 0) return;
  }
  // Nobody else has a reference any more.
  if (!pending->problem.ok()) return Answer(pending, pending->problem);
  if (pending->kept.empty() && !pending->token) return Answer(pending, Status::Ok());
  kept_->Append({{}, std::move(pending->kept), pending->token},
                [this, pending](const Result<codec::SourcePosition>& done) { Answer(pending, done.status()); });
}

void TopicInbox::Answer(const std::shared_ptr<Pending>& pending, const Status& status) {
  if (status.ok()) ++metrics_->batches;
  Note(status);
  status.ok() ? pending->done(pending->first.value_or(kNowhere)) : pending->done(status);
}

void TopicInbox::Note(const Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!status.ok() && status.kind() == ErrorKind::kRejected) return;  // the brokers work
  last_problem_ = status;
  if (status.ok()) return;
  last_problem_at_ = clock_->Monotonic();
  if (status.kind() == ErrorKind::kFatal && failure_.ok()) failure_ = status;
}

void TopicInbox::Close(std::chrono::milliseconds timeout) {
  std::unique_ptr<kafka::RecordWriter> writer;
  {
    const std::lock_guard<std::mutex> lock(writing_);
    writer = std::move(writer_);
  }
  // The writer's destructor fails the records that are not acknowledged by then.
  if (writer != nullptr) (void)writer->Flush(timeout);
}

Status TopicInbox::failure() const {
  LP_RETURN_IF_ERROR(kept_->failure());
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

Status TopicInbox::readiness() const {
  LP_RETURN_IF_ERROR(failure());
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool passed = last_problem_.ok() || clock_->Monotonic() - last_problem_at_ > kProblemLasts;
  return passed ? Status::Ok() : last_problem_;
}

}  // namespace leadpulse::receiver
