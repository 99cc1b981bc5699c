#include "tools/leadpulse/record_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/base/durable_files.h"
#include "processor/files/input/input_format.h"
#include "tools/leadpulse/options.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kWrittenAtOnce = 1 << 20;

}  // namespace

std::string CheckRecordFile(const std::string& path) {
  if (path == kToKafka) return "";
  const Result<input::InputFormat> format = input::InputFormatOf(path);
  if (format.ok() && *format == input::InputFormat{}) return "";
  return "`" + path +
         "` is no file to add records to; give a name that ends with .jsonl, - for standard output, or "
         "kafka";
}

void AddConfigOption(CLI::App* command, std::string* config) {
  Add(command, "--config", config, "FILE", "With --to kafka: the settings of the run that reads the topics");
}

ExitCode RecordOutput::Open() {
  if (to_ == kToKafka) return OpenTopics();
  return to_ == kToStandardOutput ? kDone : OpenFile();
}

ExitCode RecordOutput::OpenTopics() {
  Result<std::unique_ptr<TopicOutput>> topics = TopicOutput::Open(config_);
  if (topics.ok()) {
    topics_ = std::move(*topics);
    return kDone;
  }
  const ExitCode code = topics.status().kind() == ErrorKind::kRejected ? kUsage : kFailed;
  if (!topics.status().message().empty()) PrintError(topics.status().message());
  return code;
}

ExitCode RecordOutput::OpenFile() {
  file_ = FileDescriptor(open(to_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!file_.is_open()) return Failed("opened");
  struct stat about {};
  if (fstat(file_.get(), &about) != 0) return Failed("read");
  if (!S_ISREG(about.st_mode)) {
    PrintError(to_ + " is no regular file; for standard output leave out --to");
    return kFailed;
  }
  if (flock(file_.get(), LOCK_EX) != 0) return Failed("locked");
  return EndLastLine();
}

ExitCode RecordOutput::EndLastLine() {
  const off_t end = lseek(file_.get(), 0, SEEK_END);
  char last = '\n';
  if (end < 0 || (end > 0 && pread(file_.get(), &last, 1, end - 1) != 1)) return Failed("read");
  if (last != '\n') lines_ = "\n";
  first_offset_ = static_cast<uint64_t>(end) + lines_.size();
  return kDone;
}

ExitCode RecordOutput::WriteLine(std::string_view line) {
  lines_ += line;
  return lines_.size() < kWrittenAtOnce ? kDone : WriteOut();
}

ExitCode RecordOutput::WriteOut() {
  const std::string lines = std::exchange(lines_, {});
  if (!file_.is_open()) return PrintData(lines);
  return Told(WriteAll(file_.get(), lines, to_));
}

ExitCode RecordOutput::Sync() {
  if (topics_ != nullptr) return Told(topics_->Close());
  if (const ExitCode written = WriteOut(); written != kDone || !file_.is_open()) return written;
  if (fsync(file_.get()) != 0) return Failed("made durable");
  return Told(SyncDirectory(DirectoryOf(to_)));
}

codec::SourcePosition RecordOutput::first() const {
  if (topics_ != nullptr) return topics_->first().value_or(codec::SourcePosition{"", 0, -1, 0});
  return {to_, 0, static_cast<int64_t>(first_offset_), 0};
}

ExitCode RecordOutput::Told(const Status& status) {
  if (status.ok()) return kDone;
  PrintError(status.message());
  return kFailed;
}

ExitCode RecordOutput::Failed(const std::string& what) const {
  PrintError(to_ + " cannot be " + what + ": " + strerror(errno) +
             "; see to its permissions or make room on its disk, and do the same again");
  return kFailed;
}

}  // namespace leadpulse::tools
