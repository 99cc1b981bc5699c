// The format of an input, by the ending of its name.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::input {

enum class FileFormat { kJsonLines, kProtobuf };
enum class Compression { kNone, kGzip, kZstd };

struct InputFormat {
  FileFormat records = FileFormat::kJsonLines;
  Compression compression = Compression::kNone;
  friend bool operator==(const InputFormat&, const InputFormat&) = default;
};

// Standard input, as JSON lines.
inline constexpr std::string_view kStandardInput = "-";

// Returns the error for an input that is not a regular file: a pipe cannot be read again to verify it.
Status NotARegularFile(const std::string& path);

// Returns the error for a symbolic link where only files are read.
Status NotReadThroughLink(const std::string& path);

// Returns the compression by the ending `.gz` or `.zst` of a name.
Compression CompressionOf(std::string_view path);

// Returns the format. Accepts `.jsonl` and `.pb`, each also with `.gz` or `.zst` after it, and `-`. Rejected for
// another ending, with a list of the accepted ones; for a pipe, NotARegularFile.
Result<InputFormat> InputFormatOf(const std::string& path);

}  // namespace leadpulse::input
