// Finds where records begin and end in the bytes of an input. Independent of files, batches and the content of records.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/files/input/input_format.h"

namespace leadpulse::input {

// What is at the front of the bytes at hand.
struct Split {
  enum class Kind {
    kNeedMore,  // nothing whole yet
    kRecord,    // a record of payload_bytes, after header_bytes, in frame_bytes all together
    kLong,      // a record over the limit, complete or not; for .pb, header_bytes and payload_bytes are set
    kBroken,    // not the beginning of a record: its length is not a varint
  };
  Kind kind = Kind::kNeedMore;
  size_t header_bytes = 0;
  uint64_t payload_bytes = 0;
  uint64_t frame_bytes = 0;
};

// A line up to its LF. The first `searched` bytes are known to contain none.
Split SplitLine(std::string_view at_hand, size_t searched, size_t max_record);
// A length as a varint (base 128, at most 64 bits), then as many bytes.
Split SplitFrame(std::string_view at_hand, size_t max_record);

// Only ASCII white space, or nothing.
bool IsBlank(std::string_view text);

// A record over the limit: keeps its beginning and counts the rest.
class LongRecord {
 public:
  // A line, up to the next LF. `skip`: it was a record before, so it does not count.
  static LongRecord Line(bool skip);
  static LongRecord Frame(uint64_t payload_bytes);

  // Takes bytes from the front and returns their number, with a line's LF.
  size_t Take(std::string_view bytes);
  bool complete() const { return complete_; }

  bool skip() const { return skip_; }
  // A line of white space only.
  bool blank() const { return blank_; }
  uint64_t size() const { return size_; }  // taken so far, without LF
  const std::string& beginning() const { return beginning_; }

 private:
  LongRecord() = default;

  void Count(std::string_view bytes);

  bool is_line_ = true;
  bool skip_ = false;
  bool complete_ = false;
  bool blank_ = true;
  uint64_t remaining_ = 0;  // bytes of the frame that have not been taken
  uint64_t size_ = 0;
  std::string beginning_;
};

}  // namespace leadpulse::input
