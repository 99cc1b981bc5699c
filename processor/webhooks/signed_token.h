// A token that a signature covers, while the content posted with it is not signed.
#pragma once

#include <array>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::webhooks {

// Half of a SHA-256.
using HalfDigest = std::array<char, 16>;
HalfDigest HalfDigestOf(std::string_view text);

// The signature was verified.
struct SignedToken {
  Instant signed_at;
  HalfDigest token{};    // differs by key
  HalfDigest content{};  // hash of the source and of everything that a converter reads
};

}  // namespace leadpulse::webhooks
