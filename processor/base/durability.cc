#include "processor/base/durability.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>

#include "processor/base/file_descriptor.h"
#include "processor/base/open_files.h"

namespace leadpulse {

namespace fs = std::filesystem;

Status FileFailure(const std::string& path, const std::string& what) {
  const int error = errno;
  return Status::Fatal(path + " cannot be " + what + ": " + strerror(error) +
                       ". See to its permissions or make room on its disk, and do the same again." +
                       OpenFileAdvice(error));
}

std::string DirectoryOf(const std::string& path) {
  fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

Status SyncDirectory(const std::string& path) {
  const FileDescriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const bool synced = directory.is_open() && fsync(directory.get()) == 0;
  return synced ? Status::Ok() : FileFailure("directory " + path, "made durable");
}

Status CreateDirectory(const std::string& path, mode_t mode) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error).lexically_normal();
  const fs::path last = whole.has_filename() ? whole : whole.parent_path();
  fs::path level;
  fs::path last_existing;
  for (const fs::path& part : whole) {
    if (part.empty()) continue;  // after a slash at the end
    level /= part;
    if (fs::is_directory(level, error)) {
      last_existing = level;
      continue;
    }
    // A kill may have ended the process that made it before its name was durable. If it may not be read, it existed
    // before.
    if (!last_existing.empty() && ::access(DirectoryOf(last_existing).c_str(), R_OK) == 0) {
      LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(last_existing)));
    }
    if (mkdir(level.c_str(), level == last ? mode : 0777) != 0 && errno != EEXIST) {
      return Status::Rejected("directory " + path + " cannot be created: " + strerror(errno) +
                              "; make room for it or give another one, and run again");
    }
    last_existing = level;
  }
  bool readable = ::access(DirectoryOf(last_existing).c_str(), R_OK) == 0;
  return readable ? SyncDirectory(DirectoryOf(last_existing)) : Status::Ok();
}

Status CutOffTornLine(int descriptor, const std::string& path) {
  constexpr off_t kChunk = 64 << 10;
  off_t end = lseek(descriptor, 0, SEEK_END);
  std::string chunk(kChunk, '\0');
  while (end > 0) {
    const off_t from = end > kChunk ? end - kChunk : 0;
    const ssize_t got = pread(descriptor, chunk.data(), static_cast<size_t>(end - from), from);
    if (got != end - from) return FileFailure(path, "read");
    const size_t newline = std::string_view(chunk).substr(0, static_cast<size_t>(got)).rfind('\n');
    end = newline == std::string_view::npos ? from : from + static_cast<off_t>(newline) + 1;
    if (newline != std::string_view::npos) break;
  }
  const bool cut = end >= 0 && ftruncate(descriptor, end) == 0 && lseek(descriptor, end, SEEK_SET) == end;
  return cut ? Status::Ok() : FileFailure(path, "cut back");
}

Status WriteAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileFailure(path, "written");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

}  // namespace leadpulse
