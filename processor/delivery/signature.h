// What a receiver knows a post by: who sent it, when, and that it is the same one again.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::delivery {

// `t=<seconds since 1970>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>`. The time is signed too, so that a receiver
// can refuse what is old.
std::string Signature(std::string_view secret, Instant now, std::string_view body);

// The first 32 hexadecimal digits of the body's SHA-256: the same for every try of a batch.
std::string DeliveryId(std::string_view body);

}  // namespace leadpulse::delivery
