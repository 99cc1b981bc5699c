// What clients hold to go on where they were: cursors of pages, positions of writes, places in a stream. Sealed with
// the keys of links (link_keys.h): nobody can read one, which may name a lead or count the writes of others, or make
// one and so choose a start. It belongs to its tenant and its kind. Its length says little about what is in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/access/link_keys.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {

enum class Continuation : uint8_t { kCursor, kPosition, kChange };  // in sealed texts: never renumber

// The continuations of a front. Thread-safe. Keeps `keys`, which must outlive it.
class Continuations {
 public:
  explicit Continuations(const access::LinkKeys* keys) : keys_(*keys) {}

  // Encrypts a text, which has no NUL.
  std::string Seal(Continuation kind, std::string_view tenant, std::string_view text) const;
  // Returns the text that was sealed; nullopt if it was not sealed as this kind for this tenant.
  std::optional<std::string> Open(Continuation kind, std::string_view tenant, std::string_view sealed) const;
  // Puts the texts in place of the sealed parameters `cursor` and `after`, and of Last-Event-ID. The problem is 410 if
  // an earlier version of the program made the parameter, else 400. A stream takes any Last-Event-ID: one
  // that cannot be opened becomes a place that no run knows.
  std::optional<http::Response> OpenIn(std::string_view tenant, ApiRequest* request) const;

 private:
  const access::LinkKeys& keys_;
};

}  // namespace leadpulse::serve
