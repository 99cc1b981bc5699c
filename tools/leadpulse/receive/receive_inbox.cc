#include "tools/leadpulse/receive/receive_inbox.h"

#include <chrono>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/kafka/client/rdkafka_record_writer.h"
#include "processor/receiver/receiver_metrics.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"

namespace leadpulse::tools {
namespace {

// A part of the ten seconds that stopping may take.
constexpr std::chrono::milliseconds kFlushPatience{2'000};

}  // namespace

Result<std::unique_ptr<ReceiveInbox>> ReceiveInbox::Open(const receiver::ReceiverSettings& settings, const Clock* clock,
                                                         webhooks::UsedTokens* tokens) {
  std::unique_ptr<ReceiveInbox> inbox(new ReceiveInbox);
  LP_ASSIGN_OR_RETURN(inbox->files_, receiver::FileInbox::Open(settings.inbox, clock, &inbox->file_metrics_, tokens));
  if (settings.topics) LP_RETURN_IF_ERROR(inbox->OpenTopics(*settings.topics, settings.inbox.waiting_bytes, clock));
  return inbox;
}

Status ReceiveInbox::OpenTopics(const receiver::TopicSettings& topics, size_t waiting_bytes, const Clock* clock) {
  kafka::WriterOptions options = kafka::WriterOptionsFor(topics.formats);
  options.patience = topics.patience;
  options.room_patience = std::chrono::milliseconds(0);  // the post comes again
  options.queue_bytes = waiting_bytes;
  LP_ASSIGN_OR_RETURN(auto writer, kafka::MakeRecordWriter(MakeClientOptions(topics.kafka), options));
  if (Status status = writer->CheckTopics(); !status.ok()) {
    if (status.kind() != ErrorKind::kRetriable) return status;
    telemetry::LogWarning(status.message() + ". Until then every post is answered 503");
  }
  topics_ = std::make_unique<receiver::TopicInbox>(std::move(writer), files_.get(), clock, &topic_metrics_);
  return Status::Ok();
}

receiver::RecordSink* ReceiveInbox::sink() {
  if (topics_ != nullptr) return topics_.get();
  return files_.get();
}

Status ReceiveInbox::failure() const {
  if (Status of_files = files_->failure(); !of_files.ok()) return of_files;
  return topics_ == nullptr ? Status::Ok() : topics_->failure();
}

Status ReceiveInbox::readiness() const {
  if (Status of_files = files_->failure(); !of_files.ok()) return of_files;
  return topics_ == nullptr ? Status::Ok() : topics_->readiness();
}

void ReceiveInbox::AddMetrics(telemetry::MetricsPage* page) const {
  if (topics_ == nullptr) return receiver::AddInboxMetrics(&file_metrics_, page);
  receiver::AddTopicMetrics(&topic_metrics_, &file_metrics_, page);
}

Status ReceiveInbox::Close() {
  if (topics_ != nullptr) topics_->Close(kFlushPatience);
  Status of_files = files_->Close();
  return of_files.ok() ? failure() : of_files;
}

}  // namespace leadpulse::tools
