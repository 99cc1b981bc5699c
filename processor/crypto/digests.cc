#include "processor/crypto/digests.h"

#include <absl/strings/escaping.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/crypto/public_key.h"

namespace leadpulse::crypto {
namespace {

const char* NameOf(Hash hash) {
  switch (hash) {
    case Hash::kSha1:
      return OSSL_DIGEST_NAME_SHA1;
    case Hash::kSha256:
      return OSSL_DIGEST_NAME_SHA2_256;
    case Hash::kSha512:
      return OSSL_DIGEST_NAME_SHA2_512;
  }
  LP_ASSERT(false);
}

unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

}  // namespace

std::string Sha256(std::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const int done = EVP_Digest(text.data(), text.size(), Bytes(&digest), &size, EVP_sha256(), nullptr);
  LP_ASSERT(done == 1);
  digest.resize(size);
  return digest;
}

HalfDigest HalfDigestOf(std::string_view text) {
  HalfDigest half{};
  std::ranges::copy_n(Sha256(text).begin(), half.size(), half.begin());
  return half;
}

std::string Hmac(Hash hash, std::string_view key, std::span<const std::string_view> parts) {
  static const MacHandle kMac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  LP_ASSERT(kMac != nullptr && !key.empty());
  const MacContextHandle context(EVP_MAC_CTX_new(kMac.get()));
  std::string name = NameOf(hash);
  const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                 OSSL_PARAM_construct_end()};
  bool done =
      EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(), settings) == 1;
  for (const std::string_view part : parts) {
    done = done && EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(part.data()), part.size()) == 1;
  }
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  size_t size = 0;
  done = done && EVP_MAC_final(context.get(), Bytes(&digest), &size, digest.size()) == 1;
  LP_ASSERT(done);
  digest.resize(size);
  return digest;
}

bool SameDigest(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool SameSecret(std::string_view a, std::string_view b) { return SameDigest(Sha256(a), Sha256(b)); }

void StableId::Add(std::string_view part) { AppendParts({std::to_string(part.size()), ":", part}, &parts_); }

std::string StableId::Take() const {
  constexpr size_t kUsedBytes = 16;
  return provider_ + "-" + absl::BytesToHexString(Sha256(parts_).substr(0, kUsedBytes));
}

}  // namespace leadpulse::crypto
