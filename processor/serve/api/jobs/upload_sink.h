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
  // `name`: of a file that does not exist. `principal`: who sends it, as its token said before the body came. `files`
  // outlives this.
  UploadSink(const JobFiles* files, std::string name, access::Principal principal)
      : files_(*files), name_(std::move(name)), principal_(std::move(principal)) {}
  ~UploadSink() override;

  bool Append(std::string_view bytes) override;
  // The upload is complete: it is durable when this returns.
  Status Finish();
  void Keep() { is_kept_ = true; }
  // Removes the file now.
  void Discard();

  const std::string& name() const { return name_; }
  const access::Principal& principal() const { return principal_; }

 private:
  Status Write(std::string_view bytes);

  const JobFiles& files_;
  const std::string name_;
  const access::Principal principal_;
  FileDescriptor file_;
  bool is_kept_ = false;
};

}  // namespace leadpulse::serve
