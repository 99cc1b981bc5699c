#include "processor/files/input/input_format.h"

#include <filesystem>
#include <system_error>

namespace leadpulse::input {

Status NotARegularFile(const std::string& path) {
  return Status::Rejected("input " + path +
                          ": is not a regular file; feed a pipe through --input -, as in zcat FILE | leadpulse run "
                          "--input -");
}

Status NotReadThroughLink(const std::string& path) {
  return Status::Rejected("input " + path + ": is a symbolic link; give the file that it points to");
}

Compression CompressionOf(std::string_view path) {
  if (path.ends_with(".gz")) return Compression::kGzip;
  return path.ends_with(".zst") ? Compression::kZstd : Compression::kNone;
}

Result<InputFormat> InputFormatOf(const std::string& path) {
  if (path == kStandardInput) return InputFormat{};
  InputFormat format{FileFormat::kJsonLines, CompressionOf(path)};
  std::string_view name = path;
  if (format.compression != Compression::kNone) name.remove_suffix(name.size() - name.rfind('.'));
  if (name.ends_with(".jsonl")) return format;
  if (name.ends_with(".pb")) {
    format.records = FileFormat::kProtobuf;
    return format;
  }
  // `<(zcat events.gz)` of a shell is a pipe named /dev/fd/63: the error is not its ending.
  std::error_code error;
  const std::filesystem::file_status found = std::filesystem::status(path, error);
  if (std::filesystem::is_other(found)) return NotARegularFile(path);
  // A folder was probably meant.
  if (found.type() == std::filesystem::file_type::not_found && !std::filesystem::path(path).has_extension()) {
    return Status::Rejected("input " + path + ": there is no such file or folder");
  }
  return Status::Rejected("input " + path +
                          ": the ending says nothing about what it holds. Accepted are .jsonl and .pb, each also with "
                          ".gz or .zst behind it, and - for standard input as JSON lines");
}

}  // namespace leadpulse::input
