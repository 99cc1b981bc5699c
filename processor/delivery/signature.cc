#include "processor/delivery/signature.h"

#include "absl/strings/escaping.h"
#include "processor/base/assert.h"
#include "processor/base/encodings.h"
#include "processor/crypto/digests.h"

namespace leadpulse::delivery {
namespace {

constexpr std::string_view kStandardPrefix = "whsec_";

std::string HmacSha256(std::string_view key, std::string_view text) {
  return crypto::Hmac(crypto::Hash::kSha256, key, {text});
}

std::string StandardSignature(std::string_view secret, std::string_view is_signed) {
  const std::optional<std::string> key = StandardKey(secret);
  LP_ASSERT(key.has_value());
  return "v1," + absl::Base64Escape(HmacSha256(*key, is_signed));
}

}  // namespace

std::optional<std::string> StandardKey(std::string_view secret) {
  if (!secret.starts_with(kStandardPrefix)) return std::string(secret);
  secret.remove_prefix(kStandardPrefix.size());
  std::optional<std::string> key = FromBase64(secret);
  return key == "" ? std::nullopt : key;
}

std::vector<std::string> SignatureHeaders(std::span<const std::string> secrets, Instant now, std::string_view body) {
  // The first 32 hexadecimal digits of the body's SHA-256.
  const std::string id = absl::BytesToHexString(crypto::Sha256(body).substr(0, 16));
  const std::string time = std::to_string(now.millis / 1000);
  std::vector<std::string> headers = {"X-Leadpulse-Id: " + id, "webhook-id: " + id, "webhook-timestamp: " + time};
  if (secrets.empty()) return headers;
  const std::string timed_body = time + "." + std::string(body);
  std::string own = "X-Leadpulse-Signature: t=" + time;
  std::string standard = "webhook-signature:";
  for (const std::string& secret : secrets) {
    own += ",v1=" + absl::BytesToHexString(HmacSha256(secret, timed_body));
    standard += " " + StandardSignature(secret, id + "." + timed_body);
  }
  headers.push_back(std::move(own));
  headers.push_back(std::move(standard));
  return headers;
}

}  // namespace leadpulse::delivery
