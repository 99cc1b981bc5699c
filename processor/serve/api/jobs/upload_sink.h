// The body of an upload, on its way into a file.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/jobs/job_files.h"

namespace leadpulse::serve {

// Removes its file when it is destroyed, unless it is kept. Used by one thread at a time.
class UploadSink : public http::BodySink {
 public:
  // Keeps `files`, which must outlive this. `name` is that of a file that does not exist. `principal` is the sender
  // according to the token before the body came.
  UploadSink(const JobFiles* files, std::string name, access::Principal principal)
      : files_(*files), name_(std::move(name)), principal_(std::move(principal)) {}
  ~UploadSink() override;

  bool Append(std::string_view bytes) override;
  // Makes the complete upload durable.
  Status Finish();
  void Keep() { is_kept_ = true; }
  // Removes the file now.
  void Discard();

  // Returns a hash of the complete upload. Call it after the last Append.
  std::string Hash() const;
  const std::string& name() const { return name_; }
  const access::Principal& principal() const { return principal_; }

 private:
  Status Write(std::string_view bytes);

  const JobFiles& files_;
  const std::string name_;
  const access::Principal principal_;
  FileDescriptor file_;
  bool is_kept_ = false;
  std::string hash_;   // of whole blocks
  std::string block_;  // the bytes after them
};

}  // namespace leadpulse::serve
