#include "processor/receiver/journal_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "processor/base/durability.h"
#include "processor/receiver/appended_file.h"

namespace leadpulse::receiver {
namespace {

constexpr off_t kChunk = 1 << 20;

class File {
 public:
  File(std::string path, int flags) : path_(std::move(path)), descriptor_(open(path_.c_str(), flags, kAppendedMode)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  Status Failed(const char* what) const { return FileFailure(path_, what); }
  off_t length() const { return lseek(descriptor_, 0, SEEK_END); }
  Status Sync() const { return fsync(descriptor_) == 0 ? Status::Ok() : Failed("made durable"); }
  // `bytes` as many as there are from there on.
  Status Read(off_t from, std::string* bytes) const {
    const ssize_t got = pread(descriptor_, bytes->data(), bytes->size(), from);
    if (got < 0) return Failed("read");
    bytes->resize(static_cast<size_t>(got));
    return Status::Ok();
  }
  Status Write(off_t from, const std::string& bytes) const {
    if (lseek(descriptor_, from, SEEK_SET) != from) return Failed("written");
    return WriteAll(descriptor_, bytes, path_);
  }

 private:
  const std::string path_;
  const int descriptor_;
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

}  // namespace

Status CopyJournal(const std::string& journal_path, const std::string& segment_path) {
  const File journal(journal_path, O_RDWR | O_CLOEXEC);
  if (!journal.is_open()) return journal.Failed("opened");
  LP_RETURN_IF_ERROR(CutOffTornLine(journal.descriptor(), journal_path));
  LP_RETURN_IF_ERROR(journal.Sync());
  const off_t length = journal.length();
  const bool there = access(segment_path.c_str(), F_OK) == 0;
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

}  // namespace leadpulse::receiver
