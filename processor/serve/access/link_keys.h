// The keys of links that are sent to people. A link's content is sealed: nobody can read it or make one.
//
// DIR/link.keys has a key a line, the newest last, and mode 0600. New links use the newest; links of earlier keys stay
// valid until their line is removed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::access {

// The keys of links. Thread-safe: never changes.
class LinkKeys {
 public:
  // Makes the file with one key if it is missing. Rejected, with what to do, if others may read it, or a line is no
  // key.
  static Result<LinkKeys> Open(const std::string& directory);
  // Adds a key. Fronts that run use it from their next start on.
  static Status Rotate(const std::string& directory);

  // Returns sealed bytes as text of the base64url alphabet, never twice the same.
  std::string Seal(std::string_view bytes) const;
  // Returns the bytes of a sealed text; nullopt if none of the keys made it, or it was changed.
  std::optional<std::string> Unseal(std::string_view text) const;

 private:
  explicit LinkKeys(std::vector<std::string> keys) : keys_(std::move(keys)) {}
  std::vector<std::string> keys_;  // not empty; the newest last
};

}  // namespace leadpulse::access
