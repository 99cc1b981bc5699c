// What the headers of a write say.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/access/command_log.h"

namespace leadpulse::serve {

// How long a write waits for its outcome: longer than a busy run takes for a commit.
inline constexpr std::chrono::seconds kUsualWait{5};

// Whether a client may send this text as an Idempotency-Key. An empty text stands for no key.
bool IsKey(std::string_view key);
// The id of the command that the engine sees: no other client's, and not that of an earlier use of the key.
std::string CommandIdOf(const access::SentCommand& sent);
// Prefer, RFC 7240: `wait=5`, in seconds, at most 30, or `respond-async`: 0. Other preferences are ignored: nullopt.
std::optional<std::chrono::seconds> WaitOf(std::string_view prefer);

// If-Match with one ETag: what it says in quotation marks; `*`: empty, for any version. nullopt: it is neither.
std::optional<std::string> VersionOfIfMatch(std::string_view header);
http::Answer WrongIfMatch();

}  // namespace leadpulse::serve
