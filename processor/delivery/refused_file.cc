#include "processor/delivery/refused_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "processor/base/durable_files.h"
#include "processor/base/json_object.h"

namespace leadpulse::delivery {
namespace {

// Replaces what cannot be printed: an answer is untrusted text.
std::string Printable(std::string text) {
  for (char& character : text) {
    if (character < ' ' || character > '~') character = character == '\n' ? ' ' : '?';
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<RefusedFile>> RefusedFile::Open(const std::string& path) {
  FileDescriptor opened(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!opened.is_open()) return Status::Rejected("--set-aside " + path + " cannot be opened: " + strerror(errno));
  std::unique_ptr<RefusedFile> file(new RefusedFile(path, std::move(opened)));
  LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path)));
  const off_t end = lseek(file->file_.get(), 0, SEEK_END);
  char last = '\n';
  if (end > 0 && pread(file->file_.get(), &last, 1, end - 1) != 1) {
    return Status::Rejected("--set-aside " + path + " cannot be read: " + strerror(errno));
  }
  file->begins_line_ = last == '\n';
  return file;
}

Status RefusedFile::Append(Instant now, const http::ClientResponse& response, std::string_view body) {
  // Ends a line that a killed delivery left incomplete; its batch is appended again.
  std::string text = begins_line_ ? "" : "\n";
  JsonObject line(&text);
  line.Time("at", now);
  line.Number("status", response.status);
  line.Text("answer", Printable(response.beginning));
  *line.Key("changes") += body;
  line.End();
  text += '\n';
  begins_line_ = false;
  LP_RETURN_IF_ERROR(WriteAll(file_.get(), text, path_));
  begins_line_ = true;
  if (fsync(file_.get()) == 0) return Status::Ok();
  return Status::Fatal("--set-aside " + path_ + " cannot be made durable: " + strerror(errno) +
                       "; see to the disk, and start again");
}

}  // namespace leadpulse::delivery
