#include "processor/files/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/base/field_reader.h"
#include "processor/base/open_files.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::files {
namespace {

constexpr size_t kBufferBytes = 1 << 20;
constexpr size_t kVerifyChunk = 1 << 20;

std::string OutputError(const std::string& path, const std::string& what) { return "output " + path + ": " + what; }

Status Refused(const std::string& path, const std::string& what) { return Status::Rejected(OutputError(path, what)); }

Status Missing(const std::string& path, uint64_t recorded) {
  return Refused(path, "is missing, though the state has " + std::to_string(recorded) +
                           " bytes of it on record; put it back, give the --output of the earlier runs, or "
                           "start again with an empty --state and --output");
}

Status ShorterThanRecorded(const std::string& path, uint64_t length, uint64_t recorded) {
  return Refused(path, "is shorter than the state has on record (" + std::to_string(length) + " < " +
                           std::to_string(recorded) +
                           " bytes); put it back, or start again with an empty --state and --output");
}

Status Changed(const std::string& path, uint64_t recorded) {
  return Refused(path, "has changed in the " + std::to_string(recorded) +
                           " bytes that the state has on record; put it back, give the --output "
                           "of the earlier runs, or start again with an empty --state and --output");
}

Status NotOurs(const std::string& path, uint64_t length) {
  return Refused(path, "already holds " + std::to_string(length) +
                           " bytes that this state knows nothing of; give another --output, the "
                           "--state that goes with it, or move it away");
}

// The whole file: `1 <length> <hash: 16 hexadecimal digits, 16 more> <check>`, where `check` is the low half of the
// XXH3-128 of the text before it. The length is constant, so that a new value overwrites the old one in place.
constexpr int kVersion = 1;
constexpr size_t kCheckedBytes = 1 + 1 + 20 + 1 + 16 + 1 + 16 + 1;
constexpr size_t kMarkBytes = kCheckedBytes + 16 + 1;

uint64_t CheckOf(std::string_view text) {
  input::PrefixHash hash;
  hash.Update(text);
  return hash.Digest().low;
}

std::string Encode(const OutputRecord& committed) {
  std::array<char, kMarkBytes + 1> text{};
  std::snprintf(text.data(), text.size(), "%d %020" PRIu64 " %016" PRIx64 " %016" PRIx64 " ", kVersion,
                committed.length, committed.hash_high, committed.hash_low);
  const uint64_t check = CheckOf({text.data(), kCheckedBytes});
  std::snprintf(text.data() + kCheckedBytes, text.size() - kCheckedBytes, "%016" PRIx64 "\n", check);
  return {text.data(), kMarkBytes};
}

// Returns nullopt for a mix of two values, or for a file damaged by a power cut.
std::optional<OutputRecord> Decode(std::string_view text) {
  if (text.size() != kMarkBytes || text.back() != '\n') return std::nullopt;
  OutputRecord committed;
  uint64_t check = 0;
  FieldReader fields(text.substr(0, kMarkBytes - 1));
  bool good = fields.NextIs(kVersion) && fields.Next(&committed.length) && fields.Next(&committed.hash_high, 16) &&
              fields.Next(&committed.hash_low, 16) && fields.Next(&check, 16) && fields.Done();
  if (!good || check != CheckOf(text.substr(0, kCheckedBytes))) return std::nullopt;
  return committed;
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::Open(const std::string& path, int flags, bool sync) {
  FileDescriptor opened(open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!opened.is_open()) {
    const int error = errno;
    return Refused(path, std::string("cannot be opened: ") + strerror(error) +
                             "; see to it that this user can write it, and run again." + OpenFileAdvice(error));
  }
  std::unique_ptr<OutputFile> file(new OutputFile(path, std::move(opened), sync));
  if (flock(file->file_.get(), LOCK_EX | LOCK_NB) != 0) {
    return Refused(path, "another run is writing it; wait for that one, or give another --output");
  }
  return file;
}

Result<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path, bool sync) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, Open(path, O_WRONLY | O_CREAT, sync));
  LP_ASSIGN_OR_RETURN(uint64_t length, file->LengthOnDisk());
  if (length > 0) return NotOurs(path, length);
  if (sync) LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path)));
  return file;
}

Result<std::unique_ptr<OutputFile>> OutputFile::Resume(const std::string& path, const OutputRecord& recorded,
                                                       const std::atomic<bool>& stop, bool sync) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return Missing(path, recorded.length);
  LP_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, Open(path, O_RDWR, sync));
  LP_ASSIGN_OR_RETURN(uint64_t length, file->LengthOnDisk());
  if (length < recorded.length) return ShorterThanRecorded(path, length, recorded.length);
  LP_ASSIGN_OR_RETURN(bool same, file->Verify(recorded, stop));
  if (stop) return std::unique_ptr<OutputFile>();
  if (!same) return Changed(path, recorded.length);
  return file;
}

Result<uint64_t> OutputFile::LengthOnDisk() const {
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) return Failed("measured");
  return static_cast<uint64_t>(info.st_size);
}

Result<bool> OutputFile::Verify(const OutputRecord& recorded, const std::atomic<bool>& stop) {
  std::vector<char> buffer(std::min<uint64_t>(kVerifyChunk, std::max<uint64_t>(recorded.length, 1)));
  while (length_ < recorded.length && !stop) {
    ssize_t got = read(file_.get(), buffer.data(), std::min<uint64_t>(buffer.size(), recorded.length - length_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read");
    if (got == 0) return false;  // another process has just cut it
    hash_.Update({buffer.data(), static_cast<size_t>(got)});
    length_ += static_cast<uint64_t>(got);
  }
  return record() == recorded;
}

Status OutputFile::CutBack() {
  LP_ASSIGN_OR_RETURN(uint64_t length, LengthOnDisk());
  if (length > length_) {
    if (ftruncate(file_.get(), static_cast<off_t>(length_)) != 0) return Failed("cut back");
    telemetry::LogWarning(OutputError(path_, std::to_string(length - length_) + " bytes were cut off its end: no " +
                                                 "commit of this state has them, as after a kill or a restore. " +
                                                 "Those lines are written again"));
  }
  CrashPoint("during_cut_back");
  durable_length_ = length_;
  if (lseek(file_.get(), static_cast<off_t>(length_), SEEK_SET) < 0) return Failed("cut back");
  // Syncs even if nothing was cut: the run that wrote the file may have been killed before its sync.
  if (sync_ && fsync(file_.get()) != 0) return Failed("made durable");
  return Status::Ok();
}

OutputRecord OutputFile::record() const {
  LP_ASSERT(buffer_.empty());
  const input::Hash128 hash = hash_.Digest();
  return {length_, hash.high, hash.low};
}

Status OutputFile::Append(std::string_view bytes) {
  buffer_ += bytes;
  length_ += bytes.size();
  return buffer_.size() >= kBufferBytes ? WriteOut() : Status::Ok();
}

Status OutputFile::WriteOut() {
  for (std::string_view left = buffer_; !left.empty();) {
    ssize_t written = write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("written");
    left.remove_prefix(static_cast<size_t>(written));
  }
  hash_.Update(buffer_);
  buffer_.clear();
  return Status::Ok();
}

Status OutputFile::Sync(uint64_t length) {
  if (durable_length_ == length) return Status::Ok();
  if (sync_ && fdatasync(file_.get()) != 0) return Failed("made durable");
  durable_length_ = length;
  return Status::Ok();
}

Status OutputFile::Flush() {
  LP_RETURN_IF_ERROR(WriteOut());
  return Sync(length_);
}

Status OutputFile::Failed(const char* what) const {
  return Status::Fatal(OutputError(
      path_, std::string("cannot be ") + what + ": " + strerror(errno) + "; run again to go on from the last commit"));
}

Status CheckNewFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Status::Ok();
    return Refused(path, std::string("cannot be opened: ") + strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) return Refused(path, "is not a file; give another --output");
  return info.st_size == 0 ? Status::Ok() : NotOurs(path, static_cast<uint64_t>(info.st_size));
}

Status CheckDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::path existing = path;
  while (!existing.empty() && !std::filesystem::exists(existing, error)) existing = existing.parent_path();
  if (existing.empty()) existing = ".";
  if (!std::filesystem::is_directory(existing, error)) {
    return Refused(path, existing.string() + " is a file, not a directory; give another --output");
  }
  if (::access(existing.c_str(), W_OK | X_OK) == 0) return Status::Ok();
  return Refused(path, "no file can be made in " + existing.string() + ": " + strerror(errno));
}

Result<std::unique_ptr<ReplacedFile>> ReplacedFile::Create(const std::string& path, bool sync) {
  std::string temporary = path + ".tmp";
  // Left over from a run that was killed while it wrote.
  if (unlink(temporary.c_str()) != 0 && errno != ENOENT) {
    return Status::Fatal(
        OutputError(temporary, std::string("cannot be removed: ") + strerror(errno) + "; remove it, and run again"));
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, OutputFile::Create(temporary, sync));
  return std::unique_ptr<ReplacedFile>(new ReplacedFile(path, std::move(file), sync));
}

Status ReplacedFile::Commit() {
  LP_RETURN_IF_ERROR(file_->Flush());
  CrashPoint("before_leads_rename");
  std::string temporary = path_ + ".tmp";
  if (rename(temporary.c_str(), path_.c_str()) != 0) {
    return Status::Fatal(
        OutputError(path_, std::string("cannot be put in place: ") + strerror(errno) + "; run again to write it"));
  }
  CrashPoint("after_leads_rename");
  return sync_ ? SyncDirectory(DirectoryOf(path_)) : Status::Ok();
}

std::string CommittedLengthPath(const std::string& output) { return output + ".committed"; }

Result<std::unique_ptr<CommittedLength>> CommittedLength::Open(const std::string& output) {
  std::string path = CommittedLengthPath(output);
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!file.is_open()) {
    return Refused(path, std::string("cannot be opened: ") + strerror(errno) +
                             "; see to it that this user can write it, and run again");
  }
  return std::unique_ptr<CommittedLength>(new CommittedLength(std::move(path), std::move(file)));
}

Status CommittedLength::Publish(const OutputRecord& committed) {
  if (published_ == committed) return Status::Ok();
  if (lseek(file_.get(), 0, SEEK_SET) < 0) {
    return Status::Fatal("output " + path_ + ": cannot be written: " + strerror(errno) + "; run again to go on");
  }
  LP_RETURN_IF_ERROR(WriteAll(file_.get(), Encode(committed), path_));
  published_ = committed;
  return Status::Ok();
}

Result<std::optional<OutputRecord>> ReadCommittedLength(const std::string& output) {
  const std::string path = CommittedLengthPath(output);
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::optional<OutputRecord>();
  if (!file.is_open()) return Status::Rejected(path + " cannot be opened: " + strerror(errno));
  std::array<char, kMarkBytes + 1> text{};
  ssize_t got = read(file.get(), text.data(), text.size());
  if (got < 0) return Status::Rejected(path + " cannot be read: " + strerror(errno));
  return Decode({text.data(), static_cast<size_t>(got)});
}

}  // namespace leadpulse::files
