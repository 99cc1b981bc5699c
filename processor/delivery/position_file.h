// The file that stores how far the changes are delivered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/status.h"
#include "processor/files/atomic_text_file.h"
#include "processor/files/input/prefix_hash.h"

namespace leadpulse::delivery {

// A position between two lines of the changes, with the hash of the bytes before it, by which the file is recognized.
struct Position {
  uint64_t offset = 0;  // bytes
  uint64_t lines = 0;
  input::Hash128 hash = input::PrefixHash().Digest();  // covers [0, offset)
  friend bool operator==(const Position&, const Position&) = default;
};

// Returns the position as text: `1 <offset> <lines> <hash: 16 hexadecimal digits, 16 more>`.
std::string EncodePosition(const Position& position);
// Returns the position; nullopt if the text has no position.
std::optional<Position> DecodePosition(std::string_view text);

// Owned and called by one thread. A lock on `<path>.lock` excludes a second delivery with the same file. The lock file
// is never removed.
class PositionFile {
 public:
  // Opens the file; missing means the beginning. Rejected: another delivery uses it, it cannot be read or is damaged.
  static Result<std::unique_ptr<PositionFile>> Open(const std::string& path);
  // Returns the last saved position.
  const Position& position() const { return position_; }
  // Saves durably before it returns. The file always contains the old or the new position; after a failure (kFatal),
  // the old one.
  Status Save(const Position& position);

 private:
  explicit PositionFile(std::unique_ptr<files::AtomicTextFile> kept) : kept_(std::move(kept)) {}
  Status Read();

  const std::unique_ptr<files::AtomicTextFile> kept_;
  Position position_;
};

}  // namespace leadpulse::delivery
