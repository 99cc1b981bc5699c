#include "processor/serve/api/jobs/upload_sink.h"

#include <unistd.h>

#include "processor/base/durability.h"
#include "processor/serve/access/secrets.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {

UploadSink::~UploadSink() {
  if (!is_kept_) Discard();
}

void UploadSink::Discard() {
  if (file_.is_open()) (void)files_.Remove(name_);
  file_ = FileDescriptor();
}

std::string UploadSink::Hash() const { return access::HashOf(hash_ + block_); }

bool UploadSink::Append(std::string_view bytes) {
  constexpr size_t kBlockBytes = 64 << 10;
  block_ += bytes;
  while (block_.size() >= kBlockBytes) {
    hash_ = access::HashOf(hash_ + block_.substr(0, kBlockBytes));
    block_.erase(0, kBlockBytes);
  }
  const Status written = Write(bytes);
  if (!written.ok()) telemetry::LogWarning("an upload was not taken: " + written.message());
  return written.ok();
}

Status UploadSink::Write(std::string_view bytes) {
  if (!file_.is_open()) {
    LP_ASSIGN_OR_RETURN(file_, files_.Create(name_));
  }
  LP_RETURN_IF_ERROR(files_.CheckRoomFor(bytes.size()));
  return WriteAll(file_.get(), bytes, files_.PathOf(name_));
}

Status UploadSink::Finish() {
  if (!file_.is_open()) {
    LP_ASSIGN_OR_RETURN(file_, files_.Create(name_));  // an empty body
  }
  return fdatasync(file_.get()) == 0 ? Status::Ok() : FileFailure(files_.PathOf(name_), "made durable");
}

}  // namespace leadpulse::serve
