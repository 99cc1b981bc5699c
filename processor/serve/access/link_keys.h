// The keys of what the front hands out sealed: links that are sent to people, and what clients hold to continue
// (api/request/continuations.h). Nobody can read its content or make one.
//
// DIR/link.keys has a key a line, the newest last, and mode 0600. The newest seals; what earlier keys sealed stays
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

  // Returns sealed bytes as text of the base64url alphabet. What is sealed for one purpose cannot be unsealed for
  // another. Links have the empty one, and are never twice the same; for others equal bytes have equal texts.
  std::string Seal(std::string_view bytes, std::string_view purpose = {}) const;
  // Returns the bytes of a sealed text; nullopt if none of the keys made it, or it was changed.
  std::optional<std::string> Unseal(std::string_view text, std::string_view purpose = {}) const;

 private:
  explicit LinkKeys(std::vector<std::string> keys) : keys_(std::move(keys)) {}
  std::vector<std::string> keys_;  // not empty; the newest last
};

}  // namespace leadpulse::access
