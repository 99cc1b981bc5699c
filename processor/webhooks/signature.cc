#include "processor/webhooks/signature.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "processor/base/encodings.h"
#include "processor/base/text.h"
#include "processor/base/time_formats.h"
#include "processor/crypto/digests.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

// Makes a check of user and password (RFC 7617).
MadeCheck MakeBasicCheck(const SignatureKey& key) {
  if (key.secret.find(':') == std::string::npos) return Status::Rejected("the key is no user:password");
  return CheckBy([expected = key.secret](const Post& post, Instant /*now*/) -> Result<Payload> {
    const std::string_view header = HeaderOf(post, "Authorization");
    if (header.empty()) {
      return Status::Rejected("the header Authorization is missing: does the webhook's URL begin with user:password@?");
    }
    const size_t blank = header.find(' ');
    if (blank == std::string_view::npos || AsciiLower(header.substr(0, blank)) != "basic") {
      return Status::Rejected("the header Authorization is no basic one");
    }
    const std::optional<std::string> credentials = FromBase64(TrimAsciiSpace(header.substr(blank + 1)));
    if (!credentials.has_value()) return Status::Rejected("the header Authorization is not in base64");
    if (!crypto::SameSecret(*credentials, expected)) return Status::Rejected("the user or the password is another");
    return WholePayload(post);
  });
}

MadeCheck MakeHeaderCheck(const SignatureKey& key) {
  if (key.header.empty()) return Status::Rejected("the name of the header that holds the secret is missing");
  return CheckBy([name = key.header, expected = key.secret](const Post& post, Instant /*now*/) -> Result<Payload> {
    // The message does not name the header: a stranger may read it.
    const std::string_view value = HeaderOf(post, name);
    if (value.empty()) return Status::Rejected("the header that its source's settings name is missing");
    if (!crypto::SameSecret(value, expected)) {
      return Status::Rejected("the header that its source's settings name has another value");
    }
    return WholePayload(post);
  });
}

// Makes a check for providers that sign nothing. Each allows a user and a password in the URL, and all but Mailjet also
// send custom headers; a proxy may add one, too:
// https://postmarkapp.com/developer/webhooks/webhooks-overview
// https://developers.sparkpost.com/api/webhooks/
// https://documentation.mailjet.com/hc/en-us/articles/360043578154-Event-Tracking-API
// https://developers.brevo.com/docs/secured-webhooks
MadeCheck MakeUnsignedCheck(const SignatureKey& key) {
  return key.header.empty() ? MakeBasicCheck(key) : MakeHeaderCheck(key);
}

// Makes a check of the raw body's HMAC in `Signature`: https://developers.mailersend.com/general/webhooks.html
MadeCheck MakeMailerSendCheck(const SignatureKey& key) {
  return MakeBodyHmacCheck({.secret = key.secret, .header = "Signature"});
}

// Makes a check as in https://docs.mailtrap.io/email-api-smtp/advanced/webhooks#verifying-the-signature
MadeCheck MakeMailtrapCheck(const SignatureKey& key) {
  return MakeBodyHmacCheck({.secret = key.secret, .header = "Mailtrap-Signature"});
}

using Make = MadeCheck (*)(const SignatureKey&);

struct ProviderScheme {
  std::string_view provider;
  Make make;
};

// Whether a public key proves the signature.
bool HasPublicKey(Make make) { return make == MakeSendGridCheck || make == MakeSnsCheck; }

constexpr ProviderScheme kSchemes[] = {
    {"amazon-ses", MakeSnsCheck},        {"brevo", MakeUnsignedCheck},    {"generic", MakeUnsignedCheck},
    {"mailersend", MakeMailerSendCheck}, {"mailgun", MakeMailgunCheck},   {"mailjet", MakeUnsignedCheck},
    {"mailtrap", MakeMailtrapCheck},     {"mandrill", MakeMandrillCheck}, {"postmark", MakeUnsignedCheck},
    {"resend", MakeSvixCheck},           {"sendgrid", MakeSendGridCheck}, {"sparkpost", MakeUnsignedCheck},
};

const ProviderScheme* FindScheme(std::string_view provider) {
  return std::ranges::find(kSchemes, provider, &ProviderScheme::provider);
}

Make MakeOf(SignatureScheme scheme, Make of_provider) {
  switch (scheme) {
    case SignatureScheme::kOfProvider:
      return of_provider;
    case SignatureScheme::kBasic:
      return MakeBasicCheck;
    case SignatureScheme::kHeader:
      return MakeHeaderCheck;
    case SignatureScheme::kBodyHmac:
    case SignatureScheme::kBodyHmacSha1:
    case SignatureScheme::kBodyHmacSha512:
      return MakeBodyHmacCheck;
  }
  LP_ASSERT(false);
}

}  // namespace

Result<Instant> CheckAge(std::string_view seconds, Instant now, Millis max_age) {
  const bool digits = std::all_of(seconds.begin(), seconds.end(), IsDigit);
  const std::optional<Instant> signed_at = digits ? TimeOfSeconds(seconds) : std::nullopt;
  if (!signed_at.has_value()) return Status::Rejected("the time of the signature is no number of seconds since 1970");
  LP_RETURN_IF_ERROR(CheckAge(*signed_at, now, max_age));
  return *signed_at;
}

Status CheckAge(Instant signed_at, Instant now, Millis max_age) {
  const int64_t minutes = std::chrono::ceil<std::chrono::minutes>(max_age).count();
  if (now - signed_at > max_age) {
    return Status::Rejected("it was signed at " + FormatRfc3339(signed_at) + ", more than " + std::to_string(minutes) +
                            " minutes before " + FormatRfc3339(now));
  }
  if (signed_at - now > kMaxClockLead) {
    return Status::Rejected("it was signed at " + FormatRfc3339(signed_at) + ", which is yet to come at " +
                            FormatRfc3339(now));
  }
  return Status::Ok();
}

Status MissingHeader(std::string_view name) {
  return Status::Rejected("the header " + std::string(name) + " is missing: is the webhook set up to be signed?");
}

Status NoMatch() { return Status::Rejected("the signature does not match: the key is another, or the post is"); }

std::optional<size_t> SecretBytes(std::string_view provider, const SignatureKey& key) {
  const ProviderScheme* const found = FindScheme(provider);
  LP_ASSERT(found != std::end(kSchemes));
  Make make = MakeOf(key.scheme, found->make);
  if (make == MakeUnsignedCheck) make = key.header.empty() ? MakeBasicCheck : MakeHeaderCheck;
  if (HasPublicKey(make)) return std::nullopt;
  const std::string_view text = key.secret;
  if (make == MakeBasicCheck) return text.size() - std::min(text.find(':') + 1, text.size());
  if (make == MakeHeaderCheck) return text.substr(text.rfind(' ') + 1).size();
  if (make == MakeSvixCheck) return FromBase64(text.substr(text.find('_') + 1)).value_or("").size();
  return text.size();
}

Result<SignatureCheck> MakeSignatureCheck(std::string_view provider, const SignatureKey& key) {
  const ProviderScheme* const found = FindScheme(provider);
  if (found == std::end(kSchemes)) {
    return Status::Rejected("there is no provider " + std::string(provider) + " whose signature could be checked");
  }
  // A secret with the line end of its file would match nothing, and the reason would be hard to find.
  if (TrimAsciiSpace(key.secret).size() != key.secret.size() && !key.secret.starts_with("-----BEGIN ")) {
    return Status::Rejected("the key has a blank or a line's end before or behind it");
  }
  if (key.secret.empty()) return Status::Rejected("the key is empty: with it, anybody could sign");
  const SignedForm& form = key.form;
  const bool has_form = !form.text.empty() || !form.prefix.empty() || !form.signature_part.empty() ||
                        !form.time_part.empty() || !form.time_header.empty();
  if (has_form && !IsBodyHmac(key.scheme)) {
    return Status::Rejected("signed_text, prefix, signature_part, time_part and time_header are for the scheme hmac");
  }
  return MakeOf(key.scheme, found->make)(key);
}

}  // namespace leadpulse::webhooks
