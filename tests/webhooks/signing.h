// Posts that a test signs, with keys and certificates of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "processor/webhooks/digests.h"
#include "processor/webhooks/openssl_handles.h"
#include "processor/webhooks/provider.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::webhooks {

// 2026-03-01T00:00:00Z
inline constexpr Instant kNow{1'772'323'200'000};
inline constexpr char kNowSeconds[] = "1772323200";

std::string SecondsAt(Instant time);

struct SignedPost {
  std::string body;
  std::string content_type;
  std::vector<Header> headers;

  // Of several of one name the first counts.
  std::string& header(std::string_view name);
  void Drop(std::string_view name);
};

// What the check says: nothing where the post passes.
std::string Said(SignatureCheck* check, const SignedPost& post, Instant now = kNow);

// Ends the test's program where the key is refused.
std::unique_ptr<SignatureCheck> CheckOf(std::string_view provider, SignatureKey key);
// Why it is; nothing where it is not.
std::string WhyNoCheck(std::string_view provider, SignatureKey key);

std::string ToHex(std::string_view bytes);
std::string ToBase64(std::string_view bytes);

KeyHandle MakeEcKey(const char* curve);
KeyHandle MakeRsaKey(size_t bits);
std::string Sign(EVP_PKEY* key, Hash hash, std::string_view text);
std::string PublicPem(EVP_PKEY* key);
std::string PublicBase64(EVP_PKEY* key);  // of the DER
// Signed by its own key; `name` is the subject's common name.
std::string MakeCertificate(EVP_PKEY* key, const std::string& name, Instant from, Instant to);

}  // namespace leadpulse::webhooks
