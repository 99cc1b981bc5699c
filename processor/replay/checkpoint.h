// Stores the progress of a replay on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "processor/base/status.h"
#include "processor/files/atomic_text_file.h"

namespace leadpulse::replay {

struct Checkpoint {
  std::string position;  // in the source: everything before it is sent and durable, or was left out
  uint64_t sent = 0;
  uint64_t left_out = 0;  // by the selection
  uint64_t refused = 0;   // could not be decoded
  bool done = false;
  uint64_t destination_bytes = 0;  // its size; a smaller destination has lost records
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// Owned and called by one thread. A lock file beside the checkpoint keeps a second replay from using it.
class CheckpointFile {
 public:
  // Opens the file; without one, the replay starts at the beginning. `arguments`: what is replayed, how, and to where,
  // as one line. Rejected: the file belongs to a replay with other arguments, is damaged or not a checkpoint, cannot be
  // read, or another replay uses it.
  static Result<std::unique_ptr<CheckpointFile>> Open(const std::string& path, std::string arguments);

  const std::string& path() const { return kept_->path(); }
  // Whether the replay was started before.
  bool found() const { return kept_->found(); }
  // Returns the last saved one.
  const Checkpoint& checkpoint() const { return checkpoint_; }
  // Makes the checkpoint durable. At any moment the file has the old or the new one.
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
