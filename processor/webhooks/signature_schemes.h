// The signature schemes, each in its own file, for signature.cc to choose from; and their shared parts.
#pragma once

#include <string_view>
#include <utility>

#include "processor/base/status.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::webhooks {

using MadeCheck = Result<SignatureCheck>;

MadeCheck MakeBodyHmacCheck(const SignatureKey& key);
MadeCheck MakeMandrillCheck(const SignatureKey& key);
MadeCheck MakeSvixCheck(const SignatureKey& key);
MadeCheck MakeMailgunCheck(const SignatureKey& key);
MadeCheck MakeSendGridCheck(const SignatureKey& key);
MadeCheck MakeSnsCheck(const SignatureKey& key);

// Returns the time of signing, from the signed seconds since 1970. They must be digits only, so that other signed text
// next to them cannot become part of them.
// Rejected: they are not digits, more than `max_age` ago, or more than kMaxClockLead ahead.
Result<Instant> CheckAge(std::string_view seconds, Instant now, Millis max_age);
// Checks the age of a time that the caller has parsed, as above.
Status CheckAge(Instant signed_at, Instant now, Millis max_age);

// Makes a check from SignatureCheck's members.
inline MadeCheck CheckBy(decltype(SignatureCheck::check) check, Millis token_lifetime = Millis(0)) {
  return SignatureCheck{std::move(check), token_lifetime};
}

Status MissingHeader(std::string_view name);
Status NoMatch();

}  // namespace leadpulse::webhooks
