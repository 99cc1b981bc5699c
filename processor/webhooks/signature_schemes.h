// The families of schemes, each in a file of its own, for signature.cc to choose from; and what they share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/webhooks/signature.h"

namespace leadpulse::webhooks {

using MadeCheck = Result<std::unique_ptr<SignatureCheck>>;

MadeCheck MakeBasicCheck(SignatureKey key);
MadeCheck MakeHeaderCheck(SignatureKey key);
MadeCheck MakeBodyHmacCheck(SignatureKey key);
MadeCheck MakeMandrillCheck(SignatureKey key);
MadeCheck MakeSvixCheck(SignatureKey key);
MadeCheck MakeMailgunCheck(SignatureKey key);
MadeCheck MakeSendGridCheck(SignatureKey key);
MadeCheck MakeSnsCheck(SignatureKey key);

// When it was signed, of the seconds since 1970 that were signed, which are digits and nothing else: what stands beside
// them in the signed text must not become part of them.
// Rejected: they are none, more than `max_age` ago, or more than kMaxClockLead ahead.
Result<Instant> CheckAge(std::string_view seconds, Instant now, Millis max_age);

Status MissingHeader(std::string_view name);
Status NoMatch();

}  // namespace leadpulse::webhooks
