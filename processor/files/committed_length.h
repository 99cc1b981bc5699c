// How much of an output is committed, published beside it: for who reads the output while a run writes it, and may not
// look into the state, which the run has locked.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/files/output_file.h"

namespace leadpulse::files {

// `<output>.committed`.
std::string CommittedLengthPath(const std::string& output);

// Called by one thread at a time, that of the commit. Never synced: each value that was ever published stays true, so
// what a power cut leaves of it is true too, or is known to be nothing by its checksum.
class CommittedLength {
 public:
  // Made where it is missing; what stands in it stays until Publish.
  static Result<std::unique_ptr<CommittedLength>> Open(const std::string& output);
  ~CommittedLength();
  CommittedLength(const CommittedLength&) = delete;
  CommittedLength& operator=(const CommittedLength&) = delete;

  // Only what a commit that has ended holds. Fatal: it cannot be written; the next start publishes it.
  Status Publish(const OutputRecord& committed);

 private:
  CommittedLength(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  const std::string path_;
  const int descriptor_;
  std::optional<OutputRecord> published_;
};

// What is published of the output; nothing: no run has published yet, or one is just doing so. Rejected: it cannot be
// read.
Result<std::optional<OutputRecord>> ReadCommittedLength(const std::string& output);

}  // namespace leadpulse::files
