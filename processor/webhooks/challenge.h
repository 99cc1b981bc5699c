// How a platform that checks the address of a webhook is answered: with its own text, or with JSON around it and its
// HMAC. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::webhooks {

// The limit of a challenge. Those of the platforms that send one have some hundred bytes.
inline constexpr size_t kMaxChallengeBytes = 1024;

// The members of the JSON answer, each with its text, in which `{challenge}`, `{hmac_hex}` and `{hmac_base64}` stand
// for what they say. Empty: the answer is the text itself.
using ChallengeAnswer = std::vector<std::pair<std::string, std::string>>;

// Whether the answer has an HMAC.
bool NeedsSecret(const ChallengeAnswer& answer);

// Returns the answer. Rejected: the challenge is too long; or its HMAC is wanted, and it is another text than letters,
// digits, `-`, `_`, `+`, `/`, and `=` at its end. Such texts are no post of an event: a stranger could else have posts
// signed by asking.
Result<std::string> AnswerTo(std::string_view challenge, const ChallengeAnswer& answer, std::string_view secret);

}  // namespace leadpulse::webhooks
