// HMACs of a post with a shared secret: of the body alone, Svix's and Mandrill's.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "processor/webhooks/digests.h"
#include "processor/webhooks/form.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

// Neither age nor use is signed: what comes again has the same ids, and the engine removes it.
class BodyHmacCheck : public SignatureCheck {
 public:
  BodyHmacCheck(std::string header, std::string secret) : header_(std::move(header)), secret_(std::move(secret)) {}

  Status Check(const Post& post, Instant /*now*/) override {
    const std::string_view signature = HeaderOf(post, header_);
    if (signature.empty()) return MissingHeader(header_);
    const std::optional<std::string> digest = FromHex(signature);
    if (!digest.has_value()) return Status::Rejected("the header " + header_ + " is not hexadecimal");
    return SameDigest(*digest, Hmac(Hash::kSha256, secret_, {post.body})) ? Status::Ok() : NoMatch();
  }

 private:
  const std::string header_, secret_;
};

constexpr std::string_view kMandrillHeader = "X-Mandrill-Signature";

// https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/#authenticating-webhook-requests
// https://mandrill.zendesk.com/hc/en-us/articles/205583257-How-to-Authenticate-Webhook-Requests
class MandrillCheck : public SignatureCheck {
 public:
  MandrillCheck(std::string url, std::string secret) : url_(std::move(url)), secret_(std::move(secret)) {}

  Status Check(const Post& post, Instant /*now*/) override {
    const std::string_view signature = HeaderOf(post, kMandrillHeader);
    if (signature.empty()) return MissingHeader(kMandrillHeader);
    const std::optional<std::string> digest = FromBase64(signature);
    if (!digest.has_value()) {
      return Status::Rejected("the header " + std::string(kMandrillHeader) + " is not in base64");
    }
    Result<std::vector<FormField>> form = ParseForm(post);
    if (!form.ok()) return form.status();
    std::stable_sort(form->begin(), form->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    std::string fields;
    for (const FormField& field : *form) fields += field.name + field.value;
    if (SameDigest(*digest, Hmac(Hash::kSha1, secret_, {url_, fields}))) return Status::Ok();
    return Status::Rejected("the signature does not match: the key or the webhook's URL is another, or the post is");
  }

 private:
  const std::string url_, secret_;
};

// Svix renews the time with every try, so that the few minutes of its own libraries are enough.
constexpr Millis kSvixMaxAge = std::chrono::minutes(5);
constexpr std::string_view kSvixSecretPrefix = "whsec_";
constexpr std::string_view kSvixVersion = "v1,";

// https://docs.svix.com/receiving/verifying-payloads/how-manual
// https://resend.com/docs/webhooks/verify-webhooks-requests
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: `webhook-` for `svix-`.
class SvixCheck : public SignatureCheck {
 public:
  SvixCheck(std::string secret, Millis max_age) : secret_(std::move(secret)), max_age_(max_age) {}

  Status Check(const Post& post, Instant now) override {
    const std::string prefix = HeaderOf(post, "svix-signature").empty() ? "webhook-" : "svix-";
    const std::string_view id = HeaderOf(post, prefix + "id");
    const std::string_view seconds = HeaderOf(post, prefix + "timestamp");
    const std::string_view signatures = HeaderOf(post, prefix + "signature");
    if (signatures.empty()) return MissingHeader("svix-signature");
    if (id.empty()) return MissingHeader(prefix + "id");
    if (seconds.empty()) return MissingHeader(prefix + "timestamp");
    if (const Result<Instant> signed_at = CheckAge(seconds, now, max_age_); !signed_at.ok()) return signed_at.status();
    return HasOne(signatures, Hmac(Hash::kSha256, secret_, {id, ".", seconds, ".", post.body}));
  }

 private:
  // Several while a secret is being replaced: `v1,… v1,…`. Other versions are of other schemes.
  static Status HasOne(std::string_view signatures, std::string_view expected) {
    while (!signatures.empty()) {
      const size_t end = signatures.find(' ');
      const std::string_view one = signatures.substr(0, end);
      signatures.remove_prefix(end == std::string_view::npos ? signatures.size() : end + 1);
      if (!one.starts_with(kSvixVersion)) continue;
      const std::optional<std::string> digest = FromBase64(one.substr(kSvixVersion.size()));
      if (digest.has_value() && SameDigest(*digest, expected)) return Status::Ok();
    }
    return NoMatch();
  }

  const std::string secret_;
  const Millis max_age_;
};

}  // namespace

MadeCheck MakeBodyHmacCheck(const SignatureKey& key) {
  if (key.header.empty()) return Status::Rejected("the name of the header that holds the signature is missing");
  return std::unique_ptr<SignatureCheck>(std::make_unique<BodyHmacCheck>(key.header, key.secret));
}

MadeCheck MakeMandrillCheck(const SignatureKey& key) {
  if (!key.url.starts_with("https://") && !key.url.starts_with("http://")) {
    return Status::Rejected("the URL of the webhook, as Mandrill has it, is missing or begins with no https://");
  }
  return std::unique_ptr<SignatureCheck>(std::make_unique<MandrillCheck>(key.url, key.secret));
}

MadeCheck MakeSvixCheck(const SignatureKey& key) {
  if (!key.secret.starts_with(kSvixSecretPrefix)) {
    return Status::Rejected(
        "the key does not begin with whsec_: it is the signing secret that the webhook's page shows");
  }
  std::optional<std::string> secret = FromBase64(std::string_view(key.secret).substr(kSvixSecretPrefix.size()));
  if (!secret.has_value() || secret->empty()) {
    return Status::Rejected("what follows whsec_ in the key is not in base64");
  }
  return std::unique_ptr<SignatureCheck>(
      std::make_unique<SvixCheck>(*std::move(secret), key.max_age.value_or(kSvixMaxAge)));
}

}  // namespace leadpulse::webhooks
