// The headers by which a receiver checks who sent a post and when, and recognizes a repeated one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"

namespace leadpulse::delivery {

// Returns the key of the signatures that Standard Webhooks describes (https://www.standardwebhooks.com): the bytes
// behind `whsec_` in base64, else the secret's own bytes. nullopt if no valid base64 follows `whsec_`.
std::optional<std::string> StandardKey(std::string_view secret);

// Returns the headers of Standard Webhooks for a post of the message `id`: webhook-id and webhook-timestamp, and with
// secrets webhook-signature, as below.
std::vector<std::string> StandardHeaders(const std::string& id, std::span<const std::string> secrets, Instant now,
                                         std::string_view body);

// Returns the headers of a post: X-Leadpulse-Id and webhook-id, the same for every post of a body, and
// webhook-timestamp. With secrets, none of them empty and each valid for StandardKey, also webhook-signature
// (`v1,<base64 of HMAC-SHA256>` over "<id>.<time>.<body>", one for each secret, with a space between them) and
// X-Leadpulse-Signature (`t=<time>,v1=<hex of HMAC-SHA256>` over "<time>.<body>", a v1 for each secret). Times are
// seconds since 1970, and signed, so that a receiver can refuse old posts.
std::vector<std::string> SignatureHeaders(std::span<const std::string> secrets, Instant now, std::string_view body);

}  // namespace leadpulse::delivery
