#include "tools/leadpulse/topic_output.h"

#include <chrono>
#include <utility>

#include "processor/kafka/client/rdkafka_record_writer.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// A little more than the writer has for a record.
constexpr std::chrono::seconds kClosePatience{40};

}  // namespace

Status CheckTarget(const RecordTarget& target) {
  if (target.kafka() && target.config.empty()) {
    return Status::Rejected("--to kafka needs --config FILE, the settings of the run that reads the topics");
  }
  if (!target.kafka() && !target.config.empty()) {
    return Status::Rejected("--config is of --to kafka only; files need none");
  }
  return Status::Ok();
}

Result<std::unique_ptr<TopicOutput>> TopicOutput::Open(const std::string& config) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("off"));  // the Status reports an error once
  const std::optional<config::Settings> settings = LoadSettingsFile(config);
  if (!settings) return Status::Rejected("");
  Result<std::unique_ptr<kafka::RecordWriter>> writer =
      kafka::MakeRecordWriter(MakeClientOptions(settings->kafka), {.formats = settings->formats});
  if (!writer.ok()) return Status::Rejected(config + ": " + writer.status().message());
  LP_RETURN_IF_ERROR((*writer)->CheckTopics());
  return std::make_unique<TopicOutput>(std::move(*writer));
}

TopicOutput::TopicOutput(std::unique_ptr<kafka::RecordWriter> writer) : writer_(std::move(writer)) {}

template <typename Record>
Status TopicOutput::Send(const Record& record) {
  LP_RETURN_IF_ERROR(Problem());
  Status queued = writer_->Write(record, [outcome = outcome_](const Result<codec::SourcePosition>& at) {
    const std::lock_guard<std::mutex> lock(outcome->mutex);
    if (at.ok()) ++outcome->there;
    if (at.ok() && !outcome->first) outcome->first = *at;
    if (!at.ok() && outcome->problem.ok()) outcome->problem = at.status();
  });
  if (queued.ok()) {
    ++written_;
    return queued;
  }
  {
    const std::lock_guard<std::mutex> lock(outcome_->mutex);
    if (outcome_->problem.ok()) outcome_->problem = queued;
  }
  return Problem();
}

Status TopicOutput::Write(const codec::Event& event) { return Send(event); }
Status TopicOutput::Write(const codec::Command& command) { return Send(command); }

Status TopicOutput::Close() {
  Status flushed = writer_->Flush(kClosePatience);
  LP_RETURN_IF_ERROR(Problem());
  return flushed;
}

std::optional<codec::SourcePosition> TopicOutput::first() const {
  const std::lock_guard<std::mutex> lock(outcome_->mutex);
  return outcome_->first;
}

Status TopicOutput::Problem() const {
  const std::lock_guard<std::mutex> lock(outcome_->mutex);
  if (outcome_->problem.ok()) return Status::Ok();
  const std::string text = outcome_->problem.message() + ". " + std::to_string(written_) + " records were sent, and " +
                           std::to_string(outcome_->there) + " are acknowledged; others may be there";
  switch (outcome_->problem.kind()) {
    case ErrorKind::kRetriable:
      return Status::Retriable(text);
    case ErrorKind::kRejected:
      return Status::Rejected(text);
    case ErrorKind::kFatal:
      break;
  }
  return Status::Fatal(text);
}

}  // namespace leadpulse::tools
