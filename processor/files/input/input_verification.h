// Verifies that an input still begins with the bytes that an earlier run read.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_progress.h"

namespace leadpulse::input {

struct VerifiedInput {
  PrefixHash before_resume;  // covers [0, progress.resume)
  bool grown = false;        // there are more bytes than were read (always true for standard input)
  std::string tail;          // the bytes [resume, read), if `keep_tail`
};

// Reads `source` from its beginning to progress.read and compares the hash. Rejected, with the input's name and what to
// do: it is shorter or differs. Fatal: it cannot be read. nullopt if `stop` became true in between. With `keep_tail`
// (for standard input, which cannot be read twice) the source is then at progress.read, and the tail, at most one
// record of kMaxRawRecord, is returned.
Result<std::optional<VerifiedInput>> VerifyInput(const std::string& path, const InputProgress& progress, bool keep_tail,
                                                 const std::atomic<bool>& stop, ByteSource* source);

}  // namespace leadpulse::input
