#include "processor/delivery/position_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/embedded/durable_files.h"
#include "processor/embedded/field_reader.h"

namespace leadpulse::delivery {
namespace {

// The whole file: `1 <offset> <lines> <hash: 16 hexadecimal digits, 16 more>` and a line end.
constexpr int kVersion = 1;
constexpr size_t kMaxBytes = 128;

std::string Encode(const Position& position) {
  std::array<char, kMaxBytes> text{};
  std::snprintf(text.data(), text.size(), "%d %" PRIu64 " %" PRIu64 " %016" PRIx64 " %016" PRIx64 "\n", kVersion,
                position.offset, position.lines, position.hash.high, position.hash.low);
  return text.data();
}

bool Decode(std::string_view text, Position* position) {
  if (!text.ends_with('\n')) return false;
  embedded::FieldReader fields(text.substr(0, text.size() - 1));
  return fields.NextIs(kVersion) && fields.Next(&position->offset) && fields.Next(&position->lines) &&
         fields.Next(&position->hash.high, 16) && fields.Next(&position->hash.low, 16) && fields.Done();
}

Status CannotBe(const std::string& path, const char* what) {
  return Status::Rejected("position " + path + " cannot be " + what + ": " + strerror(errno) +
                          "; see to it that its folder is there and that this user can write it");
}

}  // namespace

Result<std::unique_ptr<PositionFile>> PositionFile::Open(const std::string& path) {
  const std::string lock_path = path + ".lock";
  int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock < 0) return CannotBe(lock_path, "opened");
  std::unique_ptr<PositionFile> file(new PositionFile(path, lock));
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return Status::Rejected("position " + path +
                            ": another delivery is using it; stop that one, or give another --position");
  }
  LP_RETURN_IF_ERROR(file->Read());
  return file;
}

PositionFile::~PositionFile() { close(lock_); }

Status PositionFile::Read() {
  int descriptor = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? Status::Ok() : CannotBe(path_, "opened");
  std::array<char, kMaxBytes> text{};
  ssize_t got = read(descriptor, text.data(), text.size());
  close(descriptor);
  if (got < 0) return CannotBe(path_, "read");
  if (Decode({text.data(), static_cast<size_t>(got)}, &position_)) return Status::Ok();
  return Status::Rejected(
      "position " + path_ +
      " is not a position of a delivery, or is damaged; give another --position, or remove it: then "
      "everything is delivered again, and receivers remove the duplicates");
}

Status PositionFile::Save(const Position& position) {
  const std::string next = path_ + ".new";
  if (unlink(next.c_str()) != 0 && errno != ENOENT) return CannotBe(next, "removed");
  LP_RETURN_IF_ERROR(embedded::WriteDurableFile(next, Encode(position)));
  CrashPoint("before_position");
  if (rename(next.c_str(), path_.c_str()) != 0) return CannotBe(path_, "written");
  LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path_)));
  CrashPoint("after_position");
  position_ = position;
  return Status::Ok();
}

}  // namespace leadpulse::delivery
