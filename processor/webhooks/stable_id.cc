#include "processor/webhooks/stable_id.h"

#include <openssl/evp.h>

#include <array>

#include "processor/base/assert.h"

namespace leadpulse::webhooks {
namespace {

constexpr size_t kDigestBytes = 32;
constexpr size_t kUsedBytes = 16;

}  // namespace

void StableId::Add(std::string_view part) {
  parts_ += std::to_string(part.size());
  parts_ += ':';
  parts_ += part;
}

std::string StableId::Take() const {
  std::array<unsigned char, kDigestBytes> digest{};
  unsigned size = 0;
  const int done = EVP_Digest(parts_.data(), parts_.size(), digest.data(), &size, EVP_sha256(), nullptr);
  LP_ASSERT(done == 1 && size == kDigestBytes);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = provider_ + "-";
  for (size_t i = 0; i < kUsedBytes; ++i) {
    id += kDigits[digest[i] >> 4U];
    id += kDigits[digest[i] & 0xFU];
  }
  return id;
}

}  // namespace leadpulse::webhooks
