// Posts that a test signs with its own keys and certificates.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "processor/crypto/digests.h"
#include "processor/crypto/public_key.h"
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

  // Returns the first header of this name. Appends an empty one if there is none.
  std::string& header(std::string_view name);
  void Drop(std::string_view name);
};

// Returns the check's error, or nothing if the post passes.
std::string Said(const SignatureCheck& check, const SignedPost& post, Instant now = kNow);

// Ends the test program if the key is refused.
SignatureCheck CheckOf(std::string_view provider, SignatureKey key);
// Returns why the key is refused; empty if it is not.
std::string WhyNoCheck(std::string_view provider, SignatureKey key);

std::string ToHex(std::string_view bytes);
std::string ToBase64(std::string_view bytes);
std::string PercentEncoded(std::string_view bytes);  // every byte

crypto::KeyHandle MakeEcKey(const char* curve);
crypto::KeyHandle MakeRsaKey(size_t bits);
// Returns the one key of each kind for the whole program: on P-256, and of 2048 bits.
EVP_PKEY* SharedEcKey();
EVP_PKEY* SharedRsaKey();
std::string Sign(EVP_PKEY* key, crypto::Hash hash, std::string_view text);
std::string PublicPem(EVP_PKEY* key);
std::string PublicBase64(EVP_PKEY* key);  // base64 of the DER
// Makes a self-signed certificate. `name` is the subject's common name.
std::string MakeCertificate(EVP_PKEY* key, const std::string& name, Instant from, Instant to);
// Makes a certificate that is valid from a day before kNow to a day after it.
std::string SnsCertificate(EVP_PKEY* key, const std::string& name = "sns.amazonaws.com");

inline constexpr char kSnsTopic[] = "arn:aws:sns:eu-west-1:123456789012:ses";

// Signatures as providers make them at kNow. XSignature returns the signature that XPost carries. Posts have no content
// type unless it matters.

std::string SvixSignature(std::string_view secret, std::string_view body);
SignedPost SvixPost(std::string_view body, const std::string& signature, const std::string& prefix = "svix-");
std::string SendGridSignature(EVP_PKEY* key, std::string_view body);
SignedPost SendGridPost(std::string_view body, const std::string& signature);
std::string MandrillSignature(std::string_view secret, std::string_view url, std::string_view events);
SignedPost MandrillPost(std::string_view events, const std::string& signature);
std::string MailgunSignature(std::string_view secret, std::string_view token);
std::string SnsSignature(EVP_PKEY* key, std::string_view message);  // version 2, for kSnsTopic
SignedPost SnsPost(std::string_view message, const std::string& signature);

}  // namespace leadpulse::webhooks
