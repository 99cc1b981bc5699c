// Reads the headers of a write.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/http/handler.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {

// How long a write waits for its outcome: longer than a busy run takes for a commit.
inline constexpr std::chrono::seconds kUsualWait{5};

// Stands for a header that a request has without a value: no key, and no version.
inline constexpr std::string_view kBlankHeader = " ";

// Whether a client may send this text as an Idempotency-Key. An empty text stands for no key.
bool IsKey(std::string_view key);
// Returns the id of the command for the engine: different for other clients, and for an earlier use of the key.
std::string CommandIdOf(const access::SentCommand& sent);
// Returns a hash that is the same for a request that is sent again, and different for another one, or another client.
std::string RequestHashOf(const ApiRequest& request, const std::string& who);
// Parses Prefer (RFC 7240): the first `wait=5`, in seconds, at most 30; `respond-async` gives 0. nullopt for other
// preferences, which are ignored.
std::optional<std::chrono::seconds> WaitOf(std::string_view prefer);

// Whether a header If-None-Match (RFC 9110 §13.1.2) has the ETag: the client has the answer already.
bool HasTag(std::string_view if_none_match, std::string_view tag);

// The versions that a change may replace, as in If-Match: one or more ETags, or `*` for any (RFC 9110 §13.1.1). They
// may be those of compressed answers (processor/http/compression.h).
class ExpectedVersions {
 public:
  // Expects any version.
  ExpectedVersions() = default;
  // Reads a header; nullopt if it is malformed.
  static std::optional<ExpectedVersions> Read(std::string_view header);

  // Whether the header has the version. False for every version if all ETags are weak.
  bool Has(std::string_view version) const;
  // Returns the version that a command expects, which can be only one: `current` if the header has it. Empty means any.
  std::string ForCommand(const std::string& current) const;
  // Whether all ETags are weak, as proxies that compress make them: no version is theirs.
  bool are_all_weak() const { return !are_any_ && versions_.empty(); }

 private:
  bool are_any_ = true;
  std::vector<std::string> versions_;
};
http::Response WrongIfMatch();

}  // namespace leadpulse::serve
