// Reads dead letters as files and topics hold them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "schemas/codec/output_encoder.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

// A dead letter that was read. Unlike a DeadLetter, it may have a reason of a later version.
struct StoredDeadLetter {
  SourcePosition source;  // `topic` is the file, if a run on files wrote it
  std::string reason;     // the code in lower case, such as `missing_tenant`
  std::string detail;
  std::string payload;                // raw bytes; empty if the run keeps none
  std::optional<uint64_t> full_size;  // the record's size, if `payload` is only its beginning
};

// Reads a line of dead-letters.jsonl, without its line end. Rejected, without file and line, if it is none.
Result<StoredDeadLetter> ReadDeadLetterLine(std::string_view line);

// Reads a value of the topic of dead letters. Rejected if it is not in this format.
Result<StoredDeadLetter> ReadDeadLetter(std::string_view value, OutputFormat format);

}  // namespace leadpulse::codec
