// What an input holds, told from the ending of its name.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::embedded {

enum class RecordFormat { kJsonLines, kProtobuf };
enum class Compression { kNone, kGzip, kZstd };

struct InputFormat {
  RecordFormat records = RecordFormat::kJsonLines;
  Compression compression = Compression::kNone;
  friend bool operator==(const InputFormat&, const InputFormat&) = default;
};

// Standard input, as JSON lines.
inline constexpr std::string_view kStandardInput = "-";

// From `.jsonl` or `.pb`, either with `.gz` or `.zst` behind it, or `-`. Another ending is rejected with a sentence
// that names those accepted.
Result<InputFormat> InputFormatOf(const std::string& path);

}  // namespace leadpulse::embedded
