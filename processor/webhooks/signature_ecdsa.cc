// SendGrid: ECDSA on the curve P-256 with SHA-256, over the time and the raw body.
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
#include <openssl/core_names.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/encodings.h"
#include "processor/crypto/public_key.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

constexpr std::string_view kSignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
constexpr std::string_view kTimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

// SendGrid retries for 24 hours (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event) and does
// not say whether it then signs again, so one hour is added. A repeated post has the same ids.
constexpr Millis kSendGridMaxAge = std::chrono::hours(25);

bool IsP256(const EVP_PKEY* key) {
  char group[80];
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

}  // namespace

MadeCheck MakeSendGridCheck(const SignatureKey& key) {
  LP_ASSIGN_OR_RETURN(std::shared_ptr<EVP_PKEY> read, crypto::ReadPublicKey(key.secret));
  const crypto::ErrorsOfOurOwn errors;
  if (!IsP256(read.get())) return Status::Rejected("the key is a public key, but none of the curve P-256");
  return CheckBy([key = std::move(read), max_age = key.max_age.value_or(kSendGridMaxAge)](
                     const Post& post, Instant now) -> Result<Payload> {
    const std::string_view header = HeaderOf(post, kSignatureHeader);
    const std::string_view seconds = HeaderOf(post, kTimestampHeader);
    if (header.empty()) return MissingHeader(kSignatureHeader);
    if (seconds.empty()) return MissingHeader(kTimestampHeader);
    const std::optional<std::string> signature = FromBase64(header);
    if (!signature.has_value()) {
      return Status::Rejected("the header " + std::string(kSignatureHeader) + " is not in base64");
    }
    LP_RETURN_IF_ERROR(CheckAge(seconds, now, max_age).status());
    if (!crypto::IsSignedBy(key.get(), crypto::Hash::kSha256, *signature, {seconds, post.body})) return NoMatch();
    return Payload{.body = post.body, .received_at = post.received_at};
  });
}

}  // namespace leadpulse::webhooks
