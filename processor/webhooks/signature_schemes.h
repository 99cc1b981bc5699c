// The signature schemes, each in its own file, for signature.cc to choose from; and their shared parts.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "processor/base/status.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::webhooks {

using MadeCheck = Result<std::unique_ptr<SignatureCheck>>;

MadeCheck MakeBodyHmacCheck(const SignatureKey& key);
MadeCheck MakeMandrillCheck(const SignatureKey& key);
MadeCheck MakeSvixCheck(const SignatureKey& key);
MadeCheck MakeMailgunCheck(const SignatureKey& key);
MadeCheck MakeSendGridCheck(const SignatureKey& key);
MadeCheck MakeSnsCheck(const SignatureKey& key);

// The time of signing, from the signed seconds since 1970. They must be digits only, because other signed text next to
// them must not become part of them.
// Rejected: they are not digits, more than `max_age` ago, or more than kMaxClockLead ahead.
Result<Instant> CheckAge(std::string_view seconds, Instant now, Millis max_age);
// The same for a time that the caller has parsed.
Status CheckAge(Instant signed_at, Instant now, Millis max_age);

// The check that calls `check`, which is safe from any number of threads: Result<Payload>(const Post&, Instant now).
// `token_lifetime`: see SignatureCheck.
template <typename Function>
MadeCheck CheckBy(Function check, Millis token_lifetime = Millis(0)) {
  class FunctionCheck : public SignatureCheck {
   public:
    FunctionCheck(Function check, Millis token_lifetime) : check_(std::move(check)), lifetime_(token_lifetime) {}
    Result<Payload> Check(const Post& post, Instant now) const override { return check_(post, now); }
    Millis token_lifetime() const override { return lifetime_; }

   private:
    const Function check_;
    const Millis lifetime_;
  };
  return std::unique_ptr<SignatureCheck>(std::make_unique<FunctionCheck>(std::move(check), token_lifetime));
}

Status MissingHeader(std::string_view name);
Status NoMatch();

}  // namespace leadpulse::webhooks
