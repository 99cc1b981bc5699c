#include "processor/receiver/appended_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "processor/base/durability.h"

namespace leadpulse::receiver {
namespace {

class FileOnDisk : public AppendedFile {
 public:
  FileOnDisk(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~FileOnDisk() override { close(descriptor_); }

  Status Append(std::string_view bytes) override { return WriteAll(descriptor_, bytes, path_); }
  // fdatasync also makes the length durable, because the bytes could not be read without it.
  Status Sync() override { return fdatasync(descriptor_) == 0 ? Status::Ok() : FileFailure(path_, "made durable"); }

 private:
  const std::string path_;
  const int descriptor_;
};

}  // namespace

Result<std::unique_ptr<AppendedFile>> OpenAppendedOnDisk(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kAppendedMode);
  if (descriptor < 0) return FileFailure(path, "opened");
  std::unique_ptr<AppendedFile> file = std::make_unique<FileOnDisk>(path, descriptor);
  LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path)));
  return file;
}

}  // namespace leadpulse::receiver
