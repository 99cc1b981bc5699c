#include "processor/files/input/input_format.h"

#include <filesystem>
#include <system_error>

namespace leadpulse::input {

Status NotARegularFile(const std::string& path) {
  return Status::Rejected("input " + path +
                          ": is not a regular file; feed a pipe through --input -, as in zcat FILE | leadpulse run "
                          "--input -");
}

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
  // `<(zcat events.gz)` of a shell is a pipe named /dev/fd/63: its ending is not what is wrong with it.
  std::error_code error;
  const std::filesystem::file_status found = std::filesystem::status(path, error);
  if (std::filesystem::is_other(found)) return NotARegularFile(path);
  // A folder is meant, more likely than a file.
  if (found.type() == std::filesystem::file_type::not_found && !std::filesystem::path(path).has_extension()) {
    return Status::Rejected("input " + path + ": there is no such file or folder");
  }
  return Status::Rejected("input " + path +
                          ": the ending says nothing about what it holds. Accepted are .jsonl and .pb, each also with "
                          ".gz or .zst behind it, and - for standard input as JSON lines");
}

}  // namespace leadpulse::input
