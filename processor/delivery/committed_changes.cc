#include "processor/delivery/committed_changes.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "processor/files/output_file.h"

namespace leadpulse::delivery {
namespace {

constexpr size_t kHashChunk = 1 << 20;
constexpr size_t kReadChunk = 256 << 10;  // many times the longest change

}  // namespace

CommittedChanges::CommittedChanges(std::string path, const Position& from)
    : path_(std::move(path)), from_(from), proven_(from.offset), offset_(from.offset), lines_(from.lines) {}

Status CommittedChanges::Changed(const std::string& what) const {
  return Status::Rejected(
      "changes " + path_ + " " + what +
      ". Put back what was there; or, where the output was made again or its state was restored from a backup, give "
      "another --position: then everything is delivered from the beginning, and receivers remove the duplicates");
}

Result<bool> CommittedChanges::Look(const std::atomic<bool>& stop) {
  if (!file_.is_open()) {
    LP_ASSIGN_OR_RETURN(const bool opened, OpenFile(stop));
    if (!opened) return false;
  }
  LP_RETURN_IF_ERROR(CheckStillThere());
  LP_ASSIGN_OR_RETURN(std::optional<files::OutputRecord> committed, files::ReadCommittedLength(path_));
  if (!committed.has_value()) return false;
  // A smaller length is an older one, left by a power cut until the next run starts.
  if (committed->length <= proven_) return true;
  return Prove(*committed, stop);
}

Result<bool> CommittedChanges::OpenFile(const std::atomic<bool>& stop) {
  FileDescriptor opened(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.is_open() && errno == ENOENT) {
    if (from_.offset == 0) return false;
    return Changed("is missing, though " + std::to_string(from_.offset) + " bytes of it were delivered");
  }
  if (!opened.is_open()) return Status::Rejected("changes " + path_ + " cannot be opened: " + strerror(errno));
  file_ = std::move(opened);
  if (fstat(file_.get(), &opened_) != 0 || !S_ISREG(opened_.st_mode)) {
    return Status::Rejected("changes " + path_ + " is not a file; give the changes.jsonl of a run");
  }
  Result<bool> known = KnowAgain(stop);
  if (known.ok() && !*known) file_ = FileDescriptor();
  return known;
}

Result<bool> CommittedChanges::KnowAgain(const std::atomic<bool>& stop) {
  input::PrefixHash hash;
  uint64_t at = 0;
  LP_ASSIGN_OR_RETURN(bool whole, HashUpTo(from_.offset, &at, &hash, stop));
  if (stop) return false;
  if (!whole) {
    return Changed("is shorter than what was delivered of it (" + std::to_string(at) + " < " +
                   std::to_string(from_.offset) + " bytes)");
  }
  if (hash.Digest() != from_.hash) {
    return Changed("is another file than that of the position, or has changed in the " + std::to_string(from_.offset) +
                   " bytes that were delivered");
  }
  proven_hash_ = read_hash_ = hash;
  return true;
}

Status CommittedChanges::CheckStillThere() const {
  struct stat now {};
  if (stat(path_.c_str(), &now) != 0) return Changed("is gone");
  if (now.st_dev != opened_.st_dev || now.st_ino != opened_.st_ino) return Changed("was replaced by another file");
  if (static_cast<uint64_t>(now.st_size) < proven_) {
    return Changed("became shorter than what was committed of it (" + std::to_string(now.st_size) + " < " +
                   std::to_string(proven_) + " bytes)");
  }
  return Status::Ok();
}

Result<bool> CommittedChanges::Prove(const files::OutputRecord& committed, const std::atomic<bool>& stop) {
  input::PrefixHash hash = proven_hash_;
  uint64_t at = proven_;
  LP_ASSIGN_OR_RETURN(bool whole, HashUpTo(committed.length, &at, &hash, stop));
  if (stop) return false;
  if (whole && hash.Digest() == input::Hash128{committed.hash_high, committed.hash_low}) {
    proven_ = committed.length;
    proven_hash_ = hash;
    return true;
  }
  // A run on a restored state first reduces the length and then cuts the file. In between, try again later.
  LP_ASSIGN_OR_RETURN(std::optional<files::OutputRecord> now, files::ReadCommittedLength(path_));
  if (now != committed) return false;
  return Changed("is not what the run says it committed: it was changed in its first " +
                 std::to_string(committed.length) + " bytes, or belongs to another " +
                 files::CommittedLengthPath(path_));
}

Result<std::optional<size_t>> CommittedChanges::ReadAt(uint64_t offset, char* to, size_t most) const {
  const ssize_t got = pread(file_.get(), to, most, static_cast<off_t>(offset));
  if (got < 0 && errno == EINTR) return std::optional<size_t>();
  if (got < 0) return Status::Fatal("changes " + path_ + " cannot be read: " + strerror(errno));
  return std::optional(static_cast<size_t>(got));
}

Result<bool> CommittedChanges::HashUpTo(uint64_t until, uint64_t* at, input::PrefixHash* hash,
                                        const std::atomic<bool>& stop) {
  std::vector<char> chunk(std::min<uint64_t>(kHashChunk, std::max<uint64_t>(until - *at, 1)));
  while (*at < until && !stop) {
    LP_ASSIGN_OR_RETURN(const std::optional<size_t> got,
                        ReadAt(*at, chunk.data(), std::min<uint64_t>(chunk.size(), until - *at)));
    if (!got) continue;  // the signal may be one to stop
    if (*got == 0) return false;
    hash->Update({chunk.data(), *got});
    *at += *got;
  }
  return *at == until;
}

Result<std::optional<std::string_view>> CommittedChanges::Next() {
  if (offset_ == proven_) return std::optional<std::string_view>();
  size_t end = std::string_view(buffer_).find('\n', taken_);
  if (end == std::string::npos) {
    LP_RETURN_IF_ERROR(FillBuffer());
    end = buffer_.find('\n');
    if (end == std::string::npos) return Changed("has no end of a line where one was committed");
  }
  const std::string_view line = std::string_view(buffer_).substr(taken_, end + 1 - taken_);
  taken_ = end + 1;
  read_hash_.Update(line);
  offset_ += line.size();
  ++lines_;
  if (offset_ == proven_ && read_hash_.Digest() != proven_hash_.Digest()) {
    return Changed("was changed while it was read");
  }
  return std::optional(line.substr(0, line.size() - 1));
}

Status CommittedChanges::FillBuffer() {
  buffer_.resize(std::min<uint64_t>(kReadChunk, proven_ - offset_));
  taken_ = 0;
  size_t filled = 0;
  while (filled < buffer_.size()) {
    LP_ASSIGN_OR_RETURN(const std::optional<size_t> got,
                        ReadAt(offset_ + filled, buffer_.data() + filled, buffer_.size() - filled));
    if (!got) continue;
    if (*got == 0) return Changed("became shorter than what was committed of it");
    filled += *got;
  }
  return Status::Ok();
}

void CommittedChanges::ReturnTo(const ResumePoint& point) {
  offset_ = point.position.offset;
  lines_ = point.position.lines;
  read_hash_ = point.hash;
  buffer_.clear();
  taken_ = 0;
}

}  // namespace leadpulse::delivery
