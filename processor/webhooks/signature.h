// Whether a post is from who it says: the signatures of email providers and the secrets that others send along.
//
// A receiver checks by default. It makes one SignatureCheck a source, of the key that its operator configured, asks it
// about every post before anything is read from that, and tells it once the post was accepted. What is converted is
// what the check returns: nothing that is not signed changes a record. Nothing is downloaded. What is refused is
// refused with a sentence that names no secret and nothing of what the sender wrote but a URL of known shape.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

enum class SignatureScheme {
  kOfProvider,  // what the provider documents; where that is no signature, a header where one is named, else basic
  kBasic,       // `Authorization: Basic`, as of a URL with `user:password@`
  kHeader,      // a header and a value that nobody else knows; `Authorization` with `Bearer …` is one
  kBodyHmac,    // the hexadecimal HMAC-SHA256 of the raw body in a header
};

// What the operator configured for one source.
struct SignatureKey {
  SignatureScheme scheme = SignatureScheme::kOfProvider;
  // Of SendGrid the public key, in base64 or as PEM; of Amazon SNS its certificates, as PEM, one after another; of
  // kBasic `user:password`; of kHeader the value; of all others the secret that the provider shows.
  std::string secret = {};
  std::string header = {};               // of kHeader and kBodyHmac
  std::string url = {};                  // of Mandrill, which signs it: as it was entered there, to the last slash
  std::vector<std::string> topics = {};  // of Amazon SNS: the TopicArns that may post
  // How long after it was signed a post is taken, where the time is signed. Else what each scheme says.
  std::optional<Millis> max_age = {};
  // Of Mailgun: names the source, because a token that was used at one is refused at all others.
  std::string source = {};
};

// A sender's clock may be so far ahead.
inline constexpr Millis kMaxClockLead = std::chrono::minutes(5);

// Safe from any number of threads.
class SignatureCheck {
 public:
  virtual ~SignatureCheck() = default;

  // What the signature covers, for a converter to read. Rejected: the post is not from the provider, or too old; and
  // why.
  virtual Result<Payload> Check(const Post& post, Instant now) const = 0;
  // How long after it was signed a token could be accepted; 0: it gives none.
  virtual Millis token_lifetime() const { return Millis(0); }
};

// How long the part of the key is that only provider and operator know, in bytes: of `user:password` the password, of a
// header's value what follows its last blank, of Resend the secret that is written in base64. Nothing: the key is
// public. `key` is one that MakeSignatureCheck takes for the provider.
std::optional<size_t> SecretBytes(std::string_view provider, const SignatureKey& key);

// `provider` is a Provider's name, and `generic` for all that have a mapping.
// Rejected: there is no such provider, or the key is none of its, and why.
Result<std::unique_ptr<SignatureCheck>> MakeSignatureCheck(std::string_view provider, const SignatureKey& key);

}  // namespace leadpulse::webhooks
