#include "processor/serve/api/jobs/job_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/base/file_modes.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

// Bytes of the disk that files of jobs leave free for the front's own database and inbox.
constexpr uint64_t kLeftFree = 64 << 20;

}  // namespace

Result<FileDescriptor> JobFiles::Create(const std::string& name) const {
  const std::string path = PathOf(name);
  LP_RETURN_IF_ERROR(CreateDirectory(directory_, kPrivateDirectory));
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kPrivateFile));
  if (!file.is_open()) return FileFailure(path, "made");
  LP_RETURN_IF_ERROR(SyncDirectory(directory_));
  return file;
}

Status JobFiles::CheckRoomFor(size_t bytes) const {
  const Status room = CheckRoom(directory_, bytes + kLeftFree, "the file of a job");
  return room.ok() ? room : Status::Rejected(room.message());
}

Status JobFiles::Write(const std::string& name, int64_t at, std::string_view bytes) const {
  const std::string path = PathOf(name);
  if (at == 0) LP_RETURN_IF_ERROR(CreateDirectory(directory_, kPrivateDirectory));
  LP_RETURN_IF_ERROR(CheckRoomFor(bytes.size()));
  const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (at == 0 ? O_CREAT : 0);
  const FileDescriptor file(open(path.c_str(), flags, kPrivateFile));
  if (!file.is_open() && errno == ENOENT) return Status::Rejected(path + " was removed; start the job again");
  if (!file.is_open()) return FileFailure(path, "opened");
  if (ftruncate(file.get(), at) != 0 || lseek(file.get(), at, SEEK_SET) != at) return FileFailure(path, "cut");
  LP_RETURN_IF_ERROR(WriteAll(file.get(), bytes, path));
  if (fdatasync(file.get()) != 0) return FileFailure(path, "made durable");
  return at == 0 ? SyncDirectory(directory_) : Status::Ok();
}

bool JobFiles::Has(const std::string& name) const { return ::access(PathOf(name).c_str(), F_OK) == 0; }

std::shared_ptr<const http::ResponseFile> JobFiles::Open(const std::string& name) const {
  FileDescriptor file(open(PathOf(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (!file.is_open() || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return nullptr;
  auto opened = std::make_shared<http::ResponseFile>();
  opened->file = std::move(file);
  opened->bytes = static_cast<uint64_t>(info.st_size);
  return opened;
}

bool JobFiles::Remove(const std::string& name) const {
  if (unlink(PathOf(name).c_str()) == 0 || errno == ENOENT) return true;
  telemetry::LogWarning("the file of a job is still there: " + FileFailure(PathOf(name), "removed").message());
  return false;
}

std::vector<std::string> JobFiles::Names() const {
  std::vector<std::string> names;
  std::error_code none;  // a directory that cannot be read has no files for us
  for (std::filesystem::directory_iterator each(directory_, none), end; !none && each != end; each.increment(none)) {
    names.push_back(each->path().filename().string());
  }
  return names;
}

}  // namespace leadpulse::serve
