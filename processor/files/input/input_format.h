// What an input holds, told from the ending of its name.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::input {

enum class RecordFormat { kJsonLines, kProtobuf };
enum class Compression { kNone, kGzip, kZstd };

struct InputFormat {
  RecordFormat records = RecordFormat::kJsonLines;
  Compression compression = Compression::kNone;
  friend bool operator==(const InputFormat&, const InputFormat&) = default;
};

// Standard input, as JSON lines.
inline constexpr std::string_view kStandardInput = "-";

// What is said of an input that is no regular file: a pipe cannot be read twice, which knowing it again takes.
Status NotARegularFile(const std::string& path);

// From `.jsonl` or `.pb`, either with `.gz` or `.zst` behind it, or `-`. Another ending is rejected with a sentence
// that names those accepted; where the path is that of a pipe, with NotARegularFile.
Result<InputFormat> InputFormatOf(const std::string& path);

}  // namespace leadpulse::input
