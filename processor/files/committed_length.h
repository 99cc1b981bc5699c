// Publishes the committed length of an output in a file next to it, for readers of the output while a run writes it:
// they cannot open the state, which the run has locked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/files/output_file.h"

namespace leadpulse::files {

// `<output>.committed`.
std::string CommittedLengthPath(const std::string& output);

// Called by one thread at a time, the one that commits. Never synced: every published value stays true, so the file is
// true after a power cut as well, or its checksum shows that it is damaged.
class CommittedLength {
 public:
  // Creates the file if it is missing; leaves its content until Publish.
  static Result<std::unique_ptr<CommittedLength>> Open(const std::string& output);

  // `committed` is from a finished commit. Fatal: it cannot be written; the next start publishes it.
  Status Publish(const OutputRecord& committed);

 private:
  CommittedLength(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string path_;
  const FileDescriptor file_;
  std::optional<OutputRecord> published_;
};

// The published record of the output; nullopt if no run has published yet, or one is just writing. Rejected: it cannot
// be read.
Result<std::optional<OutputRecord>> ReadCommittedLength(const std::string& output);

}  // namespace leadpulse::files
