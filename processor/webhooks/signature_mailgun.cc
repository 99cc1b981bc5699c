// Mailgun: an HMAC over a time and a token, but not over the event that they come with.
// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
#include <string>
#include <utility>
#include <vector>

#include "processor/base/encodings.h"
#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/crypto/digests.h"
#include "processor/http/form.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

// Mailgun retries for 8 hours, the last time after a pause of 4 hours
// (https://documentation.mailgun.com/docs/mailgun/user-manual/events/webhooks). It does not say whether it then signs
// again, and asks not to be too strict about delays, so one hour is added. In this window a token is accepted once.
constexpr Millis kMailgunMaxAge = std::chrono::hours(9);

struct Signed {
  std::string seconds, token;
  std::string signature;
  std::string of_parent;  // with the key of the main account, if the event is a subaccount's
};

Result<Signed> ReadJson(const Payload& payload) {
  LP_ASSIGN_OR_RETURN(const Json body, Json::Parse(payload.body));
  const Json& signature = body["signature"];
  return Signed{std::string(signature["timestamp"].text()), std::string(signature["token"].text()),
                std::string(signature["signature"].text()), std::string(signature["parent-signature"].text())};
}

// Reads the form. The sender's own variables come first and may have these names: the last ones are Mailgun's.
Result<Signed> ReadForm(const Payload& payload) {
  LP_ASSIGN_OR_RETURN(const std::vector<http::FormField> form, http::ParseForm(payload.body, payload.content_type));
  return Signed{std::string(http::LastOf(form, "timestamp")), std::string(http::LastOf(form, "token")),
                std::string(http::LastOf(form, "signature")), std::string(http::LastOf(form, "parent-signature"))};
}

Result<Signed> ReadSigned(const Payload& payload) {
  Result<Signed> read = IsMailgunForm(payload) ? ReadForm(payload) : ReadJson(payload);
  if (!read.ok()) return Status::Rejected("its signature cannot be found: " + read.status().message());
  if (read->seconds.empty() || read->token.empty() || (read->signature.empty() && read->of_parent.empty())) {
    return Status::Rejected("it has no signature with a timestamp and a token in it");
  }
  return read;
}

// Hashes the content type too, because it decides how a body is read.
crypto::HalfDigest ContentOf(std::string_view source, const Payload& payload) {
  std::string text;
  for (const std::string_view part : {source, payload.content_type, payload.body}) {
    AppendParts({std::to_string(part.size()), ":", part}, &text);
  }
  return crypto::HalfDigestOf(text);
}

bool IsHexOf(std::string_view hexadecimal, std::string_view expected) {
  const std::optional<std::string> digest = FromHex(hexadecimal);
  return digest.has_value() && crypto::SameDigest(*digest, expected);
}

}  // namespace

MadeCheck MakeMailgunCheck(const SignatureKey& key) {
  const Millis max_age = key.max_age.value_or(kMailgunMaxAge);
  const auto check = [secret = key.secret, source = key.source, max_age](const Post& post,
                                                                         Instant now) -> Result<Payload> {
    Payload payload = WholePayload(post);
    LP_ASSIGN_OR_RETURN(const Signed read, ReadSigned(payload));
    LP_ASSIGN_OR_RETURN(const Instant signed_at, CheckAge(read.seconds, now, max_age));
    const std::string expected = crypto::Hmac(crypto::Hash::kSha256, secret, {read.seconds, read.token});
    if (!IsHexOf(read.signature, expected) && !IsHexOf(read.of_parent, expected)) return NoMatch();
    payload.token = SignedToken{signed_at, crypto::HalfDigestOf(expected), ContentOf(source, payload)};
    return payload;
  };
  return CheckBy(check, max_age);
}

}  // namespace leadpulse::webhooks
