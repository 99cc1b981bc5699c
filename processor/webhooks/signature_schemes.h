// The families of schemes, each in a file of its own, for signature.cc to choose from; and what they share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/assign_or_return.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::webhooks {

using MadeCheck = Result<std::unique_ptr<SignatureCheck>>;

MadeCheck MakeBasicCheck(const SignatureKey& key);
MadeCheck MakeHeaderCheck(const SignatureKey& key);
MadeCheck MakeBodyHmacCheck(const SignatureKey& key);
MadeCheck MakeMandrillCheck(const SignatureKey& key);
MadeCheck MakeSvixCheck(const SignatureKey& key);
MadeCheck MakeMailgunCheck(const SignatureKey& key);
MadeCheck MakeSendGridCheck(const SignatureKey& key);
MadeCheck MakeSnsCheck(const SignatureKey& key);

// When it was signed, of the seconds since 1970 that were signed, which are digits and nothing else: what stands beside
// them in the signed text must not become part of them.
// Rejected: they are none, more than `max_age` ago, or more than kMaxClockLead ahead.
Result<Instant> CheckAge(std::string_view seconds, Instant now, Millis max_age);
// The same of a time that was read otherwise.
Status CheckAge(Instant signed_at, Instant now, Millis max_age);

Status MissingHeader(std::string_view name);
Status NoMatch();

}  // namespace leadpulse::webhooks
