// HMACs of a post with a shared secret: Svix's and Mandrill's.
#include <absl/strings/str_split.h>

#include <string>
#include <utility>
#include <vector>

#include "processor/base/encodings.h"
#include "processor/crypto/digests.h"
#include "processor/http/form.h"
#include "processor/webhooks/services.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

constexpr std::string_view kMandrillHeader = "X-Mandrill-Signature";

// Svix renews the time with every try, so the few minutes of its own libraries are enough.
constexpr Millis kSvixMaxAge = std::chrono::minutes(5);
constexpr std::string_view kSvixSecretPrefix = "whsec_";
constexpr std::string_view kSvixVersion = "v1,";

// Checks that one signature matches. There are several while a secret is being replaced: `v1,… v1,…`. Other versions
// belong to other schemes.
Status HasOne(std::string_view signatures, std::string_view expected) {
  for (const absl::string_view each : absl::StrSplit(absl::string_view(signatures.data(), signatures.size()), ' ')) {
    const std::string_view one(each.data(), each.size());
    if (!one.starts_with(kSvixVersion)) continue;
    const std::optional<std::string> digest = FromBase64(one.substr(kSvixVersion.size()));
    if (digest.has_value() && crypto::SameDigest(*digest, expected)) return Status::Ok();
  }
  return NoMatch();
}

}  // namespace

// Makes a check of Mandrill's signature:
// https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/#authenticating-webhook-requests
// https://mandrill.zendesk.com/hc/en-us/articles/205583257-How-to-Authenticate-Webhook-Requests
//
// Names and values are signed one after another without separators, so another form can have the same text: the form
// must be the one field that Mandrill sends.
MadeCheck MakeMandrillCheck(const SignatureKey& key) {
  if (!key.url.starts_with("https://") && !key.url.starts_with("http://")) {
    return Status::Rejected("the URL of the webhook, as Mandrill has it, is missing or begins with no https://");
  }
  return CheckBy([url = key.url, secret = key.secret](const Post& post, Instant /*now*/) -> Result<Payload> {
    const std::string_view signature = HeaderOf(post, kMandrillHeader);
    if (signature.empty()) return MissingHeader(kMandrillHeader);
    const std::optional<std::string> digest = FromBase64(signature);
    if (!digest.has_value()) {
      return Status::Rejected("the header " + std::string(kMandrillHeader) + " is not in base64");
    }
    LP_ASSIGN_OR_RETURN(const std::vector<http::FormField> form, http::ParseForm(post.body, post.content_type));
    if (form.size() != 1 || form.front().name != kMandrillEvents) {
      return Status::Rejected("it is no form with the one field mandrill_events, which Mandrill signs");
    }
    const std::string& events = form.front().value;
    if (!crypto::SameDigest(*digest, crypto::Hmac(crypto::Hash::kSha1, secret, {url, kMandrillEvents, events}))) {
      return Status::Rejected("the signature does not match: the key or the webhook's URL is another, or the post is");
    }
    return Payload{.fields = Json::OfStrings({{std::string(kMandrillEvents), events}}),
                   .received_at = post.received_at};
  });
}

// Makes a check of Svix's signature:
// https://docs.svix.com/receiving/verifying-payloads/how-manual
// https://resend.com/docs/webhooks/verify-webhooks-requests
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: `webhook-` for `svix-`.
//
// If headers of both names come, those of `svix-` are checked, and the others are ignored, including their id.
MadeCheck MakeSvixCheck(const SignatureKey& key) {
  if (!key.secret.starts_with(kSvixSecretPrefix)) {
    return Status::Rejected(
        "the key does not begin with whsec_: it is the signing secret that the webhook's page shows");
  }
  std::optional<std::string> secret = FromBase64(std::string_view(key.secret).substr(kSvixSecretPrefix.size()));
  if (!secret.has_value() || secret->empty()) {
    return Status::Rejected("what follows whsec_ in the key is not in base64");
  }
  return CheckBy([secret = *std::move(secret), max_age = key.max_age.value_or(kSvixMaxAge)](
                     const Post& post, Instant now) -> Result<Payload> {
    const std::string prefix = HeaderOf(post, "svix-signature").empty() ? "webhook-" : "svix-";
    const std::string_view id = HeaderOf(post, prefix + "id");
    const std::string_view seconds = HeaderOf(post, prefix + "timestamp");
    const std::string_view signatures = HeaderOf(post, prefix + "signature");
    if (signatures.empty()) return MissingHeader("svix-signature");
    if (id.empty()) return MissingHeader(prefix + "id");
    if (seconds.empty()) return MissingHeader(prefix + "timestamp");
    LP_RETURN_IF_ERROR(CheckAge(seconds, now, max_age).status());
    // A dot in the id could move the boundary between id and time.
    if (id.find('.') != std::string_view::npos) return Status::Rejected("the header " + prefix + "id holds a dot");
    LP_RETURN_IF_ERROR(
        HasOne(signatures, crypto::Hmac(crypto::Hash::kSha256, secret, {id, ".", seconds, ".", post.body})));
    return Payload{.body = post.body, .delivery_id = id, .received_at = post.received_at};
  });
}

}  // namespace leadpulse::webhooks
