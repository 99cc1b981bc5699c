// Writes a record as a line of a .jsonl file, as close to the line that was read as possible.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/replay/history_source.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::replay {

// Owned and called by one thread.
class RecordLines {
 public:
  // Appends the line with its line end. The text of the record stays as it was read, with unknown fields. If `decoded`
  // has the backfill mark and the text does not, `"backfill":true` is added at its end. If that is impossible (the
  // record was not read as JSON, or has an odd form), the line is made from `decoded`. `decoded` is not a rejection.
  void Append(const HistoryRecord& record, std::string* out);

 private:
  bool SaysTheSame(std::string_view line, const codec::Decoded& decoded);

  const std::unique_ptr<codec::RecordDecoder> decoder_ = codec::MakeJsonRecordDecoder();
};

// Returns an InputRecord message in its JSON mapping, with the fields that a decoded record does not keep; empty if it
// has something that JSON has no word for.
std::string JsonOfMessage(std::string_view message);

// Sets `backfill`. A rejection stays as it is.
void MarkAsBackfill(codec::Decoded* record);

}  // namespace leadpulse::replay
