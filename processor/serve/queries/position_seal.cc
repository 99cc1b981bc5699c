#include "processor/serve/queries/position_seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "processor/base/assert.h"

namespace leadpulse::serve {
namespace {

// AES-128, one block: a position is encrypted once, alone, so no mode is needed.
constexpr size_t kBlockBytes = 16;
constexpr size_t kPositionBytes = 8;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* cipher) const { EVP_CIPHER_CTX_free(cipher); }
};

unsigned char* BytesOf(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }
const unsigned char* BytesOf(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

PositionSeal::PositionSeal() : key_(kBlockBytes, '\0') {
  LP_ASSERT(RAND_bytes(BytesOf(&key_), static_cast<int>(key_.size())) == 1);
}

std::string PositionSeal::Crypt(const std::string& block, bool encrypts) const {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> cipher(EVP_CIPHER_CTX_new());
  std::string crypted(kBlockBytes, '\0');
  int size = 0;
  LP_ASSERT(cipher != nullptr &&
            EVP_CipherInit_ex(cipher.get(), EVP_aes_128_ecb(), nullptr, BytesOf(key_), nullptr, encrypts ? 1 : 0) == 1);
  EVP_CIPHER_CTX_set_padding(cipher.get(), 0);
  LP_ASSERT(EVP_CipherUpdate(cipher.get(), BytesOf(&crypted), &size, BytesOf(block), kBlockBytes) == 1 &&
            size == static_cast<int>(kBlockBytes));
  return crypted;
}

std::string PositionSeal::Seal(pipeline::FeedPosition position) const {
  std::string block(kBlockBytes, '\0');  // the rest stays zero, which Open checks
  for (size_t i = 0; i < kPositionBytes; ++i) block[i] = static_cast<char>(position >> (8 * i));
  return absl::BytesToHexString(Crypt(block, /*encrypts=*/true));
}

std::optional<pipeline::FeedPosition> PositionSeal::Open(const std::string& sealed) const {
  const bool is_hex =
      sealed.size() == 2 * kBlockBytes && sealed.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex) return std::nullopt;
  const std::string block = Crypt(absl::HexStringToBytes(sealed), /*encrypts=*/false);
  if (block.find_first_not_of('\0', kPositionBytes) != std::string::npos) return std::nullopt;
  pipeline::FeedPosition position = 0;
  for (size_t i = 0; i < kPositionBytes; ++i) {
    position |= pipeline::FeedPosition{static_cast<unsigned char>(block[i])} << (8 * i);
  }
  return position;
}

}  // namespace leadpulse::serve
