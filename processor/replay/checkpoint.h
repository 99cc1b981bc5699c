// How far a replay has come, on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "processor/base/status.h"
#include "processor/files/atomic_text_file.h"

namespace leadpulse::replay {

struct Checkpoint {
  std::string position;  // of the source: everything before it is sent and durable, or was not to be sent
  uint64_t sent = 0;
  uint64_t left_out = 0;  // by the selection
  uint64_t refused = 0;   // could not be decoded
  bool done = false;
  uint64_t destination_bytes = 0;  // RecordDestination::Size: fewer of them later, and what was sent is gone
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// Owned and called by one thread. A lock file beside it keeps two replays from using one checkpoint.
class CheckpointFile {
 public:
  // A file that is missing is the beginning. `arguments`: what is replayed, how, and to where, as one line. Rejected:
  // the file belongs to a replay with others, is damaged or none, another replay has it, or it cannot be read.
  static Result<std::unique_ptr<CheckpointFile>> Open(const std::string& path, std::string arguments);

  const std::string& path() const { return kept_->path(); }
  // Whether the replay was begun before.
  bool found() const { return kept_->found(); }
  // The one saved last.
  const Checkpoint& checkpoint() const { return checkpoint_; }
  // Durable after it, and at every moment there is the old or the new one.
  Status Save(const Checkpoint& checkpoint);

 private:
  CheckpointFile(std::unique_ptr<files::AtomicTextFile> kept, std::string arguments)
      : kept_(std::move(kept)), arguments_(std::move(arguments)) {}
  Status Read();

  const std::unique_ptr<files::AtomicTextFile> kept_;
  const std::string arguments_;
  Checkpoint checkpoint_;
};

}  // namespace leadpulse::replay
