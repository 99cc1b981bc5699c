#include "processor/receiver/quarantine_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "processor/base/assign_or_return.h"
#include "processor/base/durability.h"

namespace leadpulse::receiver {
namespace {

// 0 if the file does not exist.
Result<uint64_t> EndOfWholeLines(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? Result<uint64_t>(uint64_t{0}) : FileFailure(path, "opened");
  const Status status = CutOffTornLine(descriptor, path);
  const off_t end = lseek(descriptor, 0, SEEK_CUR);
  close(descriptor);
  if (!status.ok()) return status;
  return static_cast<uint64_t>(end);
}

}  // namespace

Result<std::unique_ptr<QuarantineFile>> QuarantineFile::Open(const std::string& path, uint64_t most_bytes,
                                                             const OpenAppended& open) {
  LP_ASSIGN_OR_RETURN(const uint64_t bytes, EndOfWholeLines(path));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<AppendedFile> file, open(path));
  return std::unique_ptr<QuarantineFile>(new QuarantineFile(std::move(file), bytes, most_bytes));
}

Result<bool> QuarantineFile::Append(std::string_view lines) {
  std::string_view fitting = lines;
  const uint64_t room = bytes_ < most_bytes_ ? most_bytes_ - bytes_ : 0;
  if (fitting.size() > room) {
    const size_t end = room == 0 ? std::string_view::npos : fitting.rfind('\n', room - 1);
    fitting = end == std::string_view::npos ? std::string_view() : fitting.substr(0, end + 1);
  }
  if (!fitting.empty()) {
    LP_RETURN_IF_ERROR(file_->Append(fitting));
    bytes_ += fitting.size();
    dirty_ = true;
  }
  return fitting.size() == lines.size();
}

Status QuarantineFile::Sync() {
  if (!dirty_) return Status::Ok();
  dirty_ = false;
  return file_->Sync();
}

}  // namespace leadpulse::receiver
