// Whether an input still begins with what was read of it in an earlier run.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_progress.h"

namespace leadpulse::input {

struct VerifiedInput {
  PrefixHash before_resume;  // of [0, progress.resume)
  bool grown = false;        // there is more than was read (of standard input that cannot be told: true)
  std::string tail;          // the bytes [resume, read), where `keep_tail`
};

// Reads `source` from its beginning to progress.read and compares. Rejected with the input's name and what to do where
// it is shorter or differs; fatal where it cannot be read; nothing where `stop` became true meanwhile. With `keep_tail`
// (standard input, which cannot be read twice) the source then stands at progress.read, and the tail, at most one
// record of kMaxRawRecord, is returned.
Result<std::optional<VerifiedInput>> VerifyInput(const std::string& path, const InputProgress& progress, bool keep_tail,
                                                 const std::atomic<bool>& stop, ByteSource* source);

}  // namespace leadpulse::input
