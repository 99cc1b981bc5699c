#include "processor/maintenance/quarantine_file.h"

#include <absl/strings/escaping.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "processor/base/durable_files.h"
#include "processor/base/json_object.h"

namespace leadpulse::maintenance {
namespace {

// The beginning of every line.
constexpr std::string_view kBeginning = "{\"family\":";
constexpr size_t kBufferBytes = 1 << 20;

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));  // padded, RFC 4648 §4
}

}  // namespace

Result<std::unique_ptr<QuarantineFile>> QuarantineFile::Open(const std::string& path) {
  // The rows are as private as the state.
  int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Status::Rejected(path + " cannot be opened: " + strerror(errno) + "; give another --set-aside FILE");
  }
  std::unique_ptr<QuarantineFile> file(new QuarantineFile(path, descriptor));
  LP_RETURN_IF_ERROR(file->FindEnd());
  return file;
}

QuarantineFile::~QuarantineFile() { close(descriptor_); }

Status QuarantineFile::FindEnd() {
  char beginning[16] = {};
  ssize_t got = pread(descriptor_, beginning, kBeginning.size(), 0);
  if (got < 0) return Failed("read");
  // Where a kill left less than that, it is the beginning of it.
  if (!kBeginning.starts_with(std::string_view(beginning, static_cast<size_t>(got)))) {
    return Status::Rejected(path_ + " holds something else than rows set aside; give another --set-aside FILE");
  }
  return CutOffTornLine(descriptor_, path_);
}

Status QuarantineFile::Append(const StateProblem& problem) {
  JsonObject line(&buffer_);
  line.Text("family", state::RowFamilyName(problem.family));
  line.Text("subject", problem.subject);
  line.Text("why", problem.what);
  line.Text("key", Base64(problem.row_key));
  line.Text("value", Base64(problem.row_value));
  line.End();
  buffer_ += '\n';
  if (buffer_.size() < kBufferBytes) return Status::Ok();
  Status status = WriteAll(descriptor_, buffer_, path_);
  buffer_.clear();
  return status;
}

Status QuarantineFile::Flush() {
  Status status = WriteAll(descriptor_, buffer_, path_);
  buffer_.clear();
  if (!status.ok()) return status;
  if (fsync(descriptor_) != 0) return Failed("made durable");
  return SyncDirectory(DirectoryOf(path_));
}

Status QuarantineFile::Failed(const std::string& what) const {
  return Status::Fatal(path_ + " cannot be " + what + ": " + strerror(errno) +
                       ". Nothing that is not in it was removed; do the same again.");
}

}  // namespace leadpulse::maintenance
