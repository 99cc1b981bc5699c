#include "processor/receiver/inbox_folder.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "processor/base/durability.h"
#include "processor/base/text.h"
#include "processor/receiver/appended_file.h"

namespace leadpulse::receiver {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSegment = ".jsonl";
constexpr std::string_view kJournal = ".jsonl.open";
constexpr size_t kLeastDigits = 6;  // kZeroPad6, so that names order as numbers for the first million

// Returns the number in a file's name; nullopt if `name` is not a number with that ending.
std::optional<uint64_t> NumberOf(std::string_view name, std::string_view ending) {
  if (!name.ends_with(ending)) return std::nullopt;
  name.remove_suffix(ending.size());
  return name.size() >= kLeastDigits ? ParseInteger<uint64_t>(name) : std::nullopt;
}

constexpr off_t kChunk = 1 << 20;

class File {
 public:
  File(std::string path, int flags) : path_(std::move(path)), file_(open(path_.c_str(), flags, kAppendedMode)) {}

  bool is_open() const { return file_.is_open(); }
  int descriptor() const { return file_.get(); }
  Status Failed(const char* what) const { return FileFailure(path_, what); }
  off_t length() const { return lseek(file_.get(), 0, SEEK_END); }
  Status Sync() const { return fsync(file_.get()) == 0 ? Status::Ok() : Failed("made durable"); }
  // Fills `bytes`, and shortens it if the file ends before.
  Status Read(off_t from, std::string* bytes) const {
    const ssize_t got = pread(file_.get(), bytes->data(), bytes->size(), from);
    if (got < 0) return Failed("read");
    bytes->resize(static_cast<size_t>(got));
    return Status::Ok();
  }
  Status Write(off_t from, const std::string& bytes) const {
    if (lseek(file_.get(), from, SEEK_SET) != from) return Failed("written");
    return WriteAll(file_.get(), bytes, path_);
  }

 private:
  const std::string path_;
  const FileDescriptor file_;
};

Status MakeEqual(const File& journal, const File& segment, off_t length) {
  for (off_t from = 0; from < length; from += kChunk) {
    std::string wanted(static_cast<size_t>(std::min(kChunk, length - from)), '\0');
    std::string found = wanted;
    LP_RETURN_IF_ERROR(journal.Read(from, &wanted));
    LP_RETURN_IF_ERROR(segment.Read(from, &found));
    if (wanted != found) LP_RETURN_IF_ERROR(segment.Write(from, wanted));
  }
  return segment.Sync();
}

// Cuts off a torn last line of the journal and makes the segment equal to it: appends what is missing and overwrites
// what differs. Both contents are then durable, their names not yet. Makes no segment without a line. Rejected if the
// segment is longer than its journal.
Status CopyJournal(const std::string& journal_path, const std::string& segment_path) {
  const File journal(journal_path, O_RDWR | O_CLOEXEC);
  if (!journal.is_open()) return journal.Failed("opened");
  LP_RETURN_IF_ERROR(CutOffTornLine(journal.descriptor(), journal_path));
  LP_RETURN_IF_ERROR(journal.Sync());
  const off_t length = journal.length();
  const bool there = ::access(segment_path.c_str(), F_OK) == 0;
  if (length == 0 && !there) return Status::Ok();
  const File segment(segment_path, O_RDWR | O_CREAT | O_CLOEXEC);
  if (!segment.is_open()) return segment.Failed("opened");
  if (segment.length() > length) {
    return Status::Rejected(
        segment_path + " is longer than " + journal_path +
        ", from which it was written: one of them has been changed. Move the one away that is wrong");
  }
  return MakeEqual(journal, segment, length);
}

}  // namespace

Result<std::unique_ptr<InboxFolder>> InboxFolder::Open(const std::string& path) {
  LP_RETURN_IF_ERROR(CreateDirectory(path));
  FileDescriptor locked(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!locked.is_open()) return FileFailure("folder " + path, "opened");
  if (flock(locked.get(), LOCK_EX | LOCK_NB) != 0) {
    return Status::Retriable(
        "another `leadpulse serve` or `leadpulse receive` writes into " + path +
        ": stop it, or give this one an inbox of its own, which the run follows as one more --input");
  }
  std::unique_ptr<InboxFolder> folder(new InboxFolder(path, std::move(locked)));
  LP_RETURN_IF_ERROR(folder->EndLeftovers());
  return folder;
}

Status InboxFolder::EndLeftovers() {
  std::vector<uint64_t> left;
  std::error_code error;
  for (fs::directory_iterator each(path_, error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (const auto number = NumberOf(name, kSegment)) last_number_ = std::max(last_number_, *number);
    if (const auto number = NumberOf(name, kJournal)) left.push_back(*number);
  }
  if (error) return Status::Fatal("folder " + path_ + " cannot be read: " + error.message());
  for (const uint64_t number : left) {
    last_number_ = std::max(last_number_, number);
    const SegmentPaths paths = PathsOf(number);
    LP_RETURN_IF_ERROR(CopyJournal(paths.journal, paths.segment));
    LP_RETURN_IF_ERROR(EndSegment(paths));
  }
  return Status::Ok();
}

SegmentPaths InboxFolder::PathsOf(uint64_t number) const {
  const std::string stem = absl::StrCat(path_, "/", absl::Dec(number, absl::kZeroPad6));
  return {stem + std::string(kSegment), stem + std::string(kJournal)};
}

SegmentPaths InboxFolder::NextSegment() { return PathsOf(++last_number_); }

Status InboxFolder::EndSegment(const SegmentPaths& paths) {
  // The segment's name is made durable first: while the journal exists, the segment can be restored from it.
  LP_RETURN_IF_ERROR(SyncDirectory(path_));
  if (unlink(paths.journal.c_str()) != 0) return FileFailure(paths.journal, "removed");
  return SyncDirectory(path_);
}

Result<std::string> InboxFolder::QuarantineFile() const {
  LP_RETURN_IF_ERROR(CreateDirectory(path_ + "/aside"));
  return path_ + "/aside/kept.jsonl";
}

}  // namespace leadpulse::receiver
