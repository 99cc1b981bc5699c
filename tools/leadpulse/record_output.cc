#include "tools/leadpulse/record_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "processor/embedded/durable_files.h"
#include "processor/embedded/input_format.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kWrittenAtOnce = 1 << 20;

}  // namespace

std::string CheckRecordFile(const std::string& path) {
  const Result<embedded::InputFormat> format = embedded::InputFormatOf(path);
  if (format.ok() && *format == embedded::InputFormat{}) return "";
  return "`" + path + "` is no file to add records to; give a name that ends with .jsonl, or - for standard output";
}

RecordOutput::~RecordOutput() {
  if (descriptor_ >= 0) close(descriptor_);
}

ExitCode RecordOutput::Open() { return to_ == kToStandardOutput ? kDone : OpenFile(); }

ExitCode RecordOutput::OpenFile() {
  descriptor_ = open(to_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  if (descriptor_ < 0) return Failed("opened");
  struct stat about {};
  if (fstat(descriptor_, &about) != 0) return Failed("read");
  if (!S_ISREG(about.st_mode)) {
    PrintError(to_ + " is no regular file; for standard output leave out --to");
    return kFailed;
  }
  if (flock(descriptor_, LOCK_EX) != 0) return Failed("locked");
  return EndLastLine();
}

ExitCode RecordOutput::EndLastLine() {
  const off_t end = lseek(descriptor_, 0, SEEK_END);
  char last = '\n';
  if (end < 0 || (end > 0 && pread(descriptor_, &last, 1, end - 1) != 1)) return Failed("read");
  if (last != '\n') lines_ = "\n";
  return kDone;
}

ExitCode RecordOutput::Write(std::string_view lines) {
  lines_ += lines;
  return lines_.size() < kWrittenAtOnce ? kDone : WriteOut();
}

ExitCode RecordOutput::WriteOut() {
  const std::string lines = std::exchange(lines_, {});
  if (descriptor_ < 0) return PrintResult(lines);
  const Status written = WriteAll(descriptor_, lines, to_);
  if (written.ok()) return kDone;
  PrintError(written.message());
  return kFailed;
}

ExitCode RecordOutput::Close() {
  if (const ExitCode written = WriteOut(); written != kDone || descriptor_ < 0) return written;
  if (fsync(descriptor_) != 0) return Failed("made durable");
  const Status named = SyncDirectory(DirectoryOf(to_));
  if (named.ok()) return kDone;
  PrintError(named.message());
  return kFailed;
}

ExitCode RecordOutput::Failed(const std::string& what) const {
  PrintError(to_ + " cannot be " + what + ": " + strerror(errno) +
             "; see to its permissions or make room on its disk, and do the same again");
  return kFailed;
}

}  // namespace leadpulse::tools
