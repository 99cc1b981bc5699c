// How far the changes are delivered, on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "processor/base/status.h"
#include "processor/files/atomic_text_file.h"
#include "processor/files/input/prefix_hash.h"

namespace leadpulse::delivery {

// A place between two lines of the changes, and by what the file is known again: what stands before it.
struct Position {
  uint64_t offset = 0;  // bytes
  uint64_t lines = 0;
  input::Hash128 hash = input::PrefixHash().Digest();  // of [0, offset)
  friend bool operator==(const Position&, const Position&) = default;
};

// Owned and called by one thread. Two deliveries with one position are kept apart by a lock on `<path>.lock`, which
// stays behind.
class PositionFile {
 public:
  // A file that is missing is the beginning. Rejected: another delivery has it, it cannot be read or is damaged.
  static Result<std::unique_ptr<PositionFile>> Open(const std::string& path);
  // The one saved last.
  const Position& position() const { return position_; }
  // Durable after it, and at every moment there is the old or the new one. After a failure (kFatal) it is the old one.
  Status Save(const Position& position);

 private:
  explicit PositionFile(std::unique_ptr<files::AtomicTextFile> kept) : kept_(std::move(kept)) {}
  Status Read();

  const std::unique_ptr<files::AtomicTextFile> kept_;
  Position position_;
};

}  // namespace leadpulse::delivery
