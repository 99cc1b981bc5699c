#include "processor/embedded/input_format.h"

namespace leadpulse::embedded {

Result<InputFormat> InputFormatOf(const std::string& path) {
  if (path == kStandardInput) return InputFormat{};
  InputFormat format;
  std::string_view name = path;
  if (name.ends_with(".gz")) {
    format.compression = Compression::kGzip;
    name.remove_suffix(3);
  } else if (name.ends_with(".zst")) {
    format.compression = Compression::kZstd;
    name.remove_suffix(4);
  }
  if (name.ends_with(".jsonl")) return format;
  if (name.ends_with(".pb")) {
    format.records = RecordFormat::kProtobuf;
    return format;
  }
  return Status::Rejected("input " + path +
                          ": the ending says nothing about what it holds. Accepted are .jsonl and .pb, each also with "
                          ".gz or .zst behind it, and - for standard input as JSON lines");
}

}  // namespace leadpulse::embedded
