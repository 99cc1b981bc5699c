// A form with a file, on its way into the file of an upload.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/api/jobs/upload_sink.h"
#include "processor/webhooks/form.h"
#include "processor/webhooks/multipart.h"

namespace leadpulse::serve {

// Used by one thread at a time. The file is removed with this, unless the API keeps it.
class FormUpload : public http::BodySink {
 public:
  // Bytes of the other fields together.
  static constexpr size_t kMostFieldBytes = size_t{64} << 10;

  // `boundary`: of the content type. The content of the field `file` goes into `upload`.
  FormUpload(std::string_view boundary, std::shared_ptr<UploadSink> upload)
      : upload_(std::move(upload)),
        reader_(boundary, [this](const auto& part, std::string_view bytes) { return Take(part, bytes); }) {}

  // False: the file cannot be stored. A form that cannot be read is told by Finish.
  bool Append(std::string_view bytes) override;
  // Rejected: the form cannot be read.
  Status Finish() { return reader_.Finish(); }
  // All fields but the file; not checked for UTF-8.
  const std::vector<webhooks::FormField>& fields() const { return fields_; }
  // nullptr: the form has no file, or an empty one.
  std::shared_ptr<UploadSink> upload() const { return has_file_ ? upload_ : nullptr; }

 private:
  Status Take(const webhooks::MultipartReader::Part& part, std::string_view bytes);

  const std::shared_ptr<UploadSink> upload_;
  webhooks::MultipartReader reader_;
  std::vector<webhooks::FormField> fields_;
  size_t field_bytes_ = 0;
  bool has_file_ = false;
  bool is_stored_ = true;
};

}  // namespace leadpulse::serve
