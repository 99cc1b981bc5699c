#include "processor/serve/pages/form_upload.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kFile = "file";
constexpr size_t kMostFields = 100;

}  // namespace

bool FormUpload::Append(std::string_view bytes) {
  (void)reader_.Append(bytes);  // Finish tells the error
  return is_stored_;
}

Status FormUpload::Take(const webhooks::MultipartReader::Part& part, std::string_view bytes) {
  if (part.is_file) {
    if (part.name != kFile || bytes.empty()) return Status::Ok();
    has_file_ = true;
    is_stored_ = upload_->Append(bytes);
    return is_stored_ ? Status::Ok() : Status::Retriable("the file cannot be stored");
  }
  if (bytes.empty()) fields_.push_back({part.name, ""});
  fields_.back().value += bytes;
  field_bytes_ += bytes.empty() ? part.name.size() : bytes.size();
  if (fields_.size() <= kMostFields && field_bytes_ <= kMostFieldBytes) return Status::Ok();
  return Status::Rejected("the form has too many fields");
}

}  // namespace leadpulse::serve
