// Checks who sent a post: the signatures of email providers, and the secrets that other providers send.
//
// A receiver checks by default. It makes one SignatureCheck for each source from the configured key, and checks every
// post before it reads anything else from it. Only the checked part is converted, so data that is not signed cannot
// change a record. Nothing is downloaded. The message of a rejection contains no secret, and nothing that the sender
// wrote except a URL of known form.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

enum class SignatureScheme {
  kOfProvider,      // the provider's documented one; if it signs nothing, a header if one is named, else basic
  kBasic,           // `Authorization: Basic`, as from a URL with `user:password@`
  kHeader,          // a header with a secret value, such as `Authorization` with `Bearer …`
  kBodyHmac,        // the HMAC-SHA256 of the raw body, or of a text with it, in a header
  kBodyHmacSha1,    // likewise with SHA-1, for platforms that have nothing better: as an HMAC it is not broken
  kBodyHmacSha512,  // likewise with SHA-512
};

// Whether it is an HMAC of the body, or of a text with it.
inline bool IsBodyHmac(SignatureScheme scheme) {
  return scheme == SignatureScheme::kBodyHmac || scheme == SignatureScheme::kBodyHmacSha1 ||
         scheme == SignatureScheme::kBodyHmacSha512;
}

// What IsBodyHmac schemes sign, and where the signature and the time are. By default: the body, in all of the header.
struct SignedForm {
  std::string text = {};            // `v0:{time}:{body}`, perhaps with `{url}`; empty: the body
  std::string prefix = {};          // before the signature: `v0=`; empty: the hash's, such as `sha256=`, or none
  std::string signature_part = {};  // of a header such as `t=1492774577,v1=5257a8`: `v1`; there may be several
  std::string time_part = {};       // of the same header: `t`
  std::string time_header = {};     // the header that holds the time, if it is another
};

// The operator's configuration of one source.
struct SignatureKey {
  SignatureScheme scheme = SignatureScheme::kOfProvider;
  // SendGrid: the public key, in base64 or as PEM. Amazon SNS: its certificates as PEM, one after another. kBasic:
  // `user:password`. kHeader: the value. All others: the secret that the provider shows.
  std::string secret = {};
  std::string header = {};  // for kHeader and IsBodyHmac
  SignedForm form = {};     // for IsBodyHmac
  // For Mandrill, which signs it, and for `{url}`: exactly as entered there, with the last slash.
  std::string url = {};
  std::vector<std::string> topics = {};  // for Amazon SNS: the TopicArns that may post
  // The longest time between signing and receipt, if the time is signed. nullopt: the default of the scheme.
  std::optional<Millis> max_age = {};
  // For Mailgun: the name of the source. A token that was used at one source is rejected at all others.
  std::string source = {};
};

// The most that a sender's clock may be ahead.
inline constexpr Millis kMaxClockLead = std::chrono::minutes(5);

// A check of one source's posts. A copy shares public keys and certificates with the original, and has its own copy of
// a secret.
struct SignatureCheck {
  // Returns the part that the signature covers, for a converter to read. Rejected, with the reason: the post is not
  // from the provider, or is too old. Safe from any number of threads.
  std::function<Result<Payload>(const Post& post, Instant now)> check;
  // How long after signing a token can be accepted; 0: the check returns no tokens.
  Millis token_lifetime{0};
};

// Returns the length in bytes of the part of the key that only provider and operator know: the password of
// `user:password`, the part of a header's value after its last space, the decoded secret of Resend. nullopt if the key
// is public. `key` must be one that MakeSignatureCheck accepts for the provider.
std::optional<size_t> SecretBytes(std::string_view provider, const SignatureKey& key);

// Makes the check of a source. `provider` is a Provider's name, or `generic` for all providers with a mapping.
// Rejected, with the reason: there is no such provider, or the key is not valid for it.
Result<SignatureCheck> MakeSignatureCheck(std::string_view provider, const SignatureKey& key);

}  // namespace leadpulse::webhooks
