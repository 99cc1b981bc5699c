// Where records begin and end in an input's bytes. Knows nothing of files, batches or what a record says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/files/input/input_format.h"

namespace leadpulse::input {

// What stands at the front of the bytes at hand.
struct Split {
  enum class Kind {
    kNeedMore,  // nothing whole yet
    kRecord,    // a record of payload_bytes, after header_bytes, in frame_bytes all together
    kLong,      // a record over the limit, at hand or not; of .pb, header_bytes and payload_bytes are known
    kBroken,    // not the beginning of a record: a length that is no varint
  };
  Kind kind = Kind::kNeedMore;
  size_t header_bytes = 0;
  uint64_t payload_bytes = 0;
  uint64_t frame_bytes = 0;
};

// A line up to its LF; the first `searched` bytes are known to hold none.
Split SplitLine(std::string_view at_hand, size_t searched, size_t max_record);
// A varint (base 128, at most 64 bits) and as many bytes as it says.
Split SplitFrame(std::string_view at_hand, size_t max_record);

// Only ASCII white space, or nothing.
bool IsBlank(std::string_view text);

// A record over the limit while it passes: its beginning is kept, the rest is counted.
class LongRecord {
 public:
  // Up to the next LF. `skip`: it was given out before; nothing of it counts.
  static LongRecord Line(bool skip);
  static LongRecord Frame(uint64_t payload_bytes);

  // Takes from the front of `bytes`; returns how many were taken, a line's LF included.
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
  uint64_t remaining_ = 0;  // of a frame
  uint64_t size_ = 0;
  std::string beginning_;
};

}  // namespace leadpulse::input
