#include "processor/delivery/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>

#include "processor/base/assert.h"

namespace leadpulse::delivery {
namespace {

std::string Hex(const unsigned char* bytes, size_t count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

std::string Signature(std::string_view secret, Instant now, std::string_view body) {
  const std::string time = std::to_string(now.millis / 1000);
  const std::string is_signed = time + "." + std::string(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(is_signed.data()), is_signed.size(), digest.data(), &size);
  LP_ASSERT(made != nullptr);
  return "t=" + time + ",v1=" + Hex(digest.data(), size);
}

std::string DeliveryId(std::string_view body) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data());
  return Hex(digest.data(), 16);
}

}  // namespace leadpulse::delivery
