#include "tools/leadpulse/record_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/base/durable_files.h"
#include "processor/files/input/input_format.h"
#include "processor/kafka/client/rdkafka_record_writer.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kWrittenAtOnce = 1 << 20;

// A little more than the writer has for a record.
constexpr std::chrono::seconds kCloseTimeout{40};

}  // namespace

std::string CheckRecordFile(const std::string& path) {
  if (path == kToKafka) return "";
  const Result<input::InputFormat> format = input::InputFormatOf(path);
  if (format.ok() && *format == input::InputFormat{}) return "";
  return "`" + path +
         "` is no file to add records to; give a name that ends with .jsonl, - for standard output, or kafka";
}

void AddConfigOption(CLI::App* command, std::string* config) {
  Add(command, "--config", config, "FILE", "With --to kafka: the settings of the run that reads the topics");
}

Status RecordOutput::Open() {
  if (target_.to == kToStandardOutput) return Status::Ok();
  if (!target_.kafka()) return OpenFile();
  LP_ASSIGN_OR_RETURN(topics_, TopicOutput::Open(target_.config));
  return Status::Ok();
}

Status RecordOutput::OpenFile() {
  const std::string& path = target_.to;
  file_ = FileDescriptor(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!file_.is_open()) return Failed("opened");
  struct stat about {};
  if (fstat(file_.get(), &about) != 0) return Failed("read");
  if (!S_ISREG(about.st_mode)) return Status::Fatal(path + " is no regular file; for standard output leave out --to");
  if (flock(file_.get(), LOCK_EX) != 0) return Failed("locked");
  return EndLastLine();
}

Status RecordOutput::EndLastLine() {
  const off_t end = lseek(file_.get(), 0, SEEK_END);
  char last = '\n';
  if (end < 0 || (end > 0 && pread(file_.get(), &last, 1, end - 1) != 1)) return Failed("read");
  if (last != '\n') lines_ = "\n";
  first_offset_ = static_cast<uint64_t>(end) + lines_.size();
  return Status::Ok();
}

Status RecordOutput::WriteLine(std::string_view line) {
  lines_ += line;
  return lines_.size() < kWrittenAtOnce ? Status::Ok() : WriteOut();
}

Status RecordOutput::WriteOut() {
  const std::string lines = std::exchange(lines_, {});
  if (file_.is_open()) return WriteAll(file_.get(), lines, target_.to);
  return PrintData(lines) == kDone ? Status::Ok() : Status::Fatal("");  // it has printed why
}

Status RecordOutput::Sync() {
  if (topics_ != nullptr) return topics_->Close();
  LP_RETURN_IF_ERROR(WriteOut());
  if (!file_.is_open()) return Status::Ok();
  if (fsync(file_.get()) != 0) return Failed("made durable");
  return SyncDirectory(DirectoryOf(target_.to));
}

codec::SourcePosition RecordOutput::first() const {
  if (topics_ != nullptr) return topics_->first().value_or(codec::SourcePosition{"", 0, -1, 0});
  return {target_.to, 0, static_cast<int64_t>(first_offset_), 0};
}

Status RecordOutput::Failed(const std::string& what) const {
  return Status::Fatal(target_.to + " cannot be " + what + ": " + strerror(errno) +
                       "; see to its permissions or make room on its disk, and do the same again");
}

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
  Status flushed = writer_->Flush(kCloseTimeout);
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
