// A record as a line of a .jsonl file, as much as can be like the one that was read.
#pragma once

#include <memory>
#include <string>

#include "processor/replay/history_source.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::replay {

// Owned and called by one thread.
class RecordLines {
 public:
  // Appends the line with its line end. The text of the record stays as it was read, with fields that nobody knows; a
  // `"backfill":true` is put at its end where `decoded` has the mark and the text does not. Where that cannot be done
  // (no JSON was read, or the record is put together oddly) the line is written anew, and says what `decoded` says.
  // `decoded` is not a rejection.
  void Append(const HistoryRecord& record, std::string* out);

 private:
  bool SaysTheSame(std::string_view line, const codec::Decoded& decoded);

  const std::unique_ptr<codec::RecordDecoder> decoder_ = codec::MakeJsonRecordDecoder();
};

// Sets `backfill`. A rejection stays as it is.
void MarkAsBackfill(codec::Decoded* record);

}  // namespace leadpulse::replay
