#include "tools/leadpulse/record_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/durable_files.h"
#include "processor/base/file_descriptor.h"
#include "processor/files/input/byte_sink.h"
#include "processor/files/input/input_format.h"
#include "schemas/codec/input_writer.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

// Records as text, written in chunks.
class RecordFile : public codec::RecordSink {
 public:
  // Begins at byte `end` of the file with `chunk`, before the first record.
  RecordFile(std::string name, input::FileFormat format, std::unique_ptr<input::ByteSink> sink, uint64_t end = 0,
             std::string chunk = "")
      : name_(std::move(name)), format_(format), sink_(std::move(sink)), end_(end), chunk_(std::move(chunk)) {}

  void Append(const codec::RecordBatch& batch, codec::Done done) override {
    if (done != nullptr) waiting_.emplace_back(std::move(done), end_ + chunk_.size());
    const bool as_lines = format_ == input::FileFormat::kJsonLines;
    if (as_lines && !batch.lines.empty()) {
      chunk_ += batch.lines;
    } else {
      for (const codec::Record& record : batch.records) {
        as_lines ? codec::AppendInputJson(record, &chunk_) : codec::AppendInputProtobuf(record, &chunk_);
      }
    }
    if (chunk_.size() >= kChunkBytes) WriteChunk();
  }

  Status Flush() override {
    WriteChunk();
    if (failure_.ok()) failure_ = sink_->Sync();
    for (const auto& [done, at] : std::exchange(waiting_, {})) {
      const codec::SourcePosition position{name_, 0, static_cast<int64_t>(at), 0};
      failure_.ok() ? done(position) : done(failure_);
    }
    return failure_;
  }

  Status Close() override {
    LP_RETURN_IF_ERROR(Flush());
    return sink_->Close();
  }

  Status failure() const override { return failure_; }

 private:
  void WriteChunk() {
    const std::string chunk = std::exchange(chunk_, {});
    end_ += chunk.size();
    if (failure_.ok()) failure_ = sink_->Write(chunk);
  }

  const std::string name_;
  const input::FileFormat format_;
  const std::unique_ptr<input::ByteSink> sink_;
  uint64_t end_;
  std::string chunk_;  // not written yet
  std::vector<std::pair<codec::Done, uint64_t>> waiting_;
  Status failure_;
};

class StandardOutput : public input::ByteSink {
 public:
  Status Write(std::string_view bytes) override {
    return PrintData(bytes) == kDone ? Status::Ok() : Status::Fatal("");  // it has printed the reason
  }
  Status Close() override { return Status::Ok(); }
};

Status Failed(const std::string& path, const std::string& what) {
  return Status::Fatal(path + " cannot be " + what + ": " + strerror(errno) +
                       "; see to its permissions or make room on its disk, and do the same again");
}

class FileEnd : public input::ByteSink {
 public:
  FileEnd(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}
  Status Write(std::string_view bytes) override { return WriteAll(file_.get(), bytes, path_); }
  Status Sync() override {
    if (fsync(file_.get()) != 0) return Failed(path_, "made durable");
    return SyncDirectory(DirectoryOf(path_));
  }
  Status Close() override { return Status::Ok(); }

 private:
  const std::string path_;
  const FileDescriptor file_;
};

std::unique_ptr<codec::RecordSink> ToStandardOutput() {
  return std::make_unique<RecordFile>(kToStandardOutput, input::FileFormat::kJsonLines,
                                      std::make_unique<StandardOutput>());
}

Result<input::InputFormat> FormatOf(const std::string& output) {
  Result<input::InputFormat> format = input::InputFormatOf(output);
  if (format.ok()) return format;
  return Status::Rejected("`" + output + "` does not say by its ending what to write; give a new name that ends with " +
                          ".jsonl or .pb, either with .gz or .zst behind it, or - for standard output");
}

}  // namespace

std::string CheckNewRecordFile(const std::string& output) {
  const Result<input::InputFormat> format = FormatOf(output);
  return format.ok() ? "" : format.status().message();
}

Result<std::unique_ptr<codec::RecordSink>> CreateRecordFile(const std::string& output) {
  if (output == kToStandardOutput) return ToStandardOutput();
  LP_ASSIGN_OR_RETURN(const input::InputFormat format, FormatOf(output));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<input::ByteSink> file, input::MakeFileSink(output));
  return std::unique_ptr<codec::RecordSink>(
      std::make_unique<RecordFile>(output, format.records, input::Compress(format.compression, std::move(file))));
}

Result<std::unique_ptr<codec::RecordSink>> OpenRecordFile(const std::string& path) {
  if (path == kToStandardOutput) return ToStandardOutput();
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!file.is_open()) return Failed(path, "opened");
  struct stat about {};
  if (fstat(file.get(), &about) != 0) return Failed(path, "read");
  if (!S_ISREG(about.st_mode)) return Status::Fatal(path + " is no regular file; for standard output leave out --to");
  if (flock(file.get(), LOCK_EX) != 0) return Failed(path, "locked");
  const off_t end = lseek(file.get(), 0, SEEK_END);
  char last = '\n';
  if (end < 0 || (end > 0 && pread(file.get(), &last, 1, end - 1) != 1)) return Failed(path, "read");
  return std::unique_ptr<codec::RecordSink>(std::make_unique<RecordFile>(
      path, input::FileFormat::kJsonLines, std::make_unique<FileEnd>(path, std::move(file)), static_cast<uint64_t>(end),
      last == '\n' ? "" : "\n"));
}

}  // namespace leadpulse::tools
