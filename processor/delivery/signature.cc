#include "processor/delivery/signature.h"

#include "absl/strings/escaping.h"
#include "processor/base/assert.h"
#include "processor/base/encodings.h"
#include "processor/base/text.h"
#include "processor/crypto/digests.h"

namespace leadpulse::delivery {
namespace {

constexpr std::string_view kStandardPrefix = "whsec_";

std::string HmacSha256(std::string_view key, std::string_view text) {
  return crypto::Hmac(crypto::Hash::kSha256, key, {text});
}

std::string SecondsOf(Instant at) { return std::to_string(at.millis / 1000); }

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

std::vector<std::string> StandardHeaders(const std::string& id, std::span<const std::string> secrets, Instant now,
                                         std::string_view body) {
  const std::string time = SecondsOf(now);
  std::vector<std::string> headers = {"webhook-id: " + id, "webhook-timestamp: " + time};
  if (secrets.empty()) return headers;
  const std::string is_signed = Concat({id, ".", time, ".", body});
  std::string signatures = "webhook-signature:";
  for (const std::string& secret : secrets) signatures += " " + StandardSignature(secret, is_signed);
  headers.push_back(std::move(signatures));
  return headers;
}

std::vector<std::string> SignatureHeaders(std::span<const std::string> secrets, Instant now, std::string_view body) {
  // The first 32 hexadecimal digits of the body's SHA-256.
  const std::string id = absl::BytesToHexString(crypto::Sha256(body).substr(0, 16));
  std::vector<std::string> headers = StandardHeaders(id, secrets, now, body);
  headers.insert(headers.begin(), "X-Leadpulse-Id: " + id);
  if (secrets.empty()) return headers;
  const std::string time = SecondsOf(now), timed_body = Concat({time, ".", body});
  std::string own = "X-Leadpulse-Signature: t=" + time;
  for (const std::string& secret : secrets) own += ",v1=" + absl::BytesToHexString(HmacSha256(secret, timed_body));
  headers.insert(headers.end() - 1, std::move(own));
  return headers;
}

}  // namespace leadpulse::delivery
