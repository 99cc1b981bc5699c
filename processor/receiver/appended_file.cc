#include "processor/receiver/appended_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "processor/base/durability.h"
#include "processor/base/file_descriptor.h"

namespace leadpulse::receiver {
namespace {

class FileOnDisk : public AppendedFile {
 public:
  FileOnDisk(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  Status Append(std::string_view bytes) override { return WriteAll(file_.get(), bytes, path_); }
  // Syncs with fdatasync, which also makes the length durable, because the bytes could not be read without it.
  Status Sync() override { return fdatasync(file_.get()) == 0 ? Status::Ok() : FileFailure(path_, "made durable"); }

 private:
  const std::string path_;
  const FileDescriptor file_;
};

}  // namespace

Result<std::unique_ptr<AppendedFile>> OpenAppendedOnDisk(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kAppendedMode));
  if (!file.is_open()) return FileFailure(path, "opened");
  LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path)));
  return std::unique_ptr<AppendedFile>(std::make_unique<FileOnDisk>(path, std::move(file)));
}

Result<uint64_t> CutOffTornEnd(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.is_open()) return errno == ENOENT ? Result<uint64_t>(uint64_t{0}) : FileFailure(path, "opened");
  LP_RETURN_IF_ERROR(CutOffTornLine(file.get(), path));
  return static_cast<uint64_t>(lseek(file.get(), 0, SEEK_CUR));
}

}  // namespace leadpulse::receiver
