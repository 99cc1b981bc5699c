#include "processor/serve/access/secrets.h"

#include <sodium.h>

#include "processor/base/assert.h"

namespace leadpulse::access {
namespace {

// Initializes libsodium; call it before any other function of it. Idempotent and thread-safe.
void InitializeSodium() {
  static const bool ready = sodium_init() >= 0;
  LP_ASSERT(ready);
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

constexpr size_t kPasswordBytes = 18;
constexpr size_t kIdBytes = 16;

constexpr std::string_view kBeginning = "lp_";
constexpr size_t kChecksumBytes = 4;
constexpr size_t kSecretCharacters = 43;
constexpr size_t kChecksumCharacters = 6;

std::string Checksum(std::string_view secret) {
  return Base64Url(HashOf(std::string("leadpulse token ").append(secret)).substr(0, kChecksumBytes));
}

}  // namespace

std::string RandomBytes(size_t count) {
  InitializeSodium();
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string MakePassword() { return Base64Url(RandomBytes(kPasswordBytes)); }

std::string RandomId() { return Base64Url(RandomBytes(kIdBytes)); }

std::string HashOf(std::string_view bytes, std::string_view key) {
  InitializeSodium();
  LP_ASSERT(key.empty() || key.size() == kSecretBytes);
  std::string hash(kHashBytes, '\0');
  LP_ASSERT(crypto_generichash(Bytes(&hash), hash.size(), Bytes(bytes), bytes.size(),
                               key.empty() ? nullptr : Bytes(key), key.size()) == 0);
  return hash;
}

std::string KeyFor(std::string_view purpose, std::string_view master_key) { return HashOf(purpose, master_key); }

namespace {

std::string SealWith(const std::string& nonce, std::string_view bytes, std::string_view key) {
  LP_ASSERT(key.size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  std::string sealed = nonce;
  sealed.resize(nonce.size() + bytes.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
  unsigned long long size = 0;
  LP_ASSERT(crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(&sealed) + nonce.size(), &size, Bytes(bytes), bytes.size(),
                                                       nullptr, 0, nullptr, Bytes(nonce), Bytes(key)) == 0);
  return sealed;
}

}  // namespace

std::string SealBytes(std::string_view bytes, std::string_view key) {
  return SealWith(RandomBytes(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES), bytes, key);
}

std::string SealSame(std::string_view bytes, std::string_view key) {
  return SealWith(HashOf(bytes, KeyFor("nonce", key)).substr(0, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES), bytes,
                  key);
}

std::optional<std::string> UnsealBytes(std::string_view sealed, std::string_view key) {
  InitializeSodium();
  constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  if (sealed.size() < kNonce + crypto_aead_xchacha20poly1305_ietf_ABYTES) return std::nullopt;
  std::string bytes(sealed.size() - kNonce - crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  unsigned long long size = 0;
  const int failed =
      crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(&bytes), &size, nullptr, Bytes(sealed) + kNonce,
                                                 sealed.size() - kNonce, nullptr, 0, Bytes(sealed), Bytes(key));
  return failed == 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Base64Url(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), Bytes(bytes), bytes.size(), kVariant);
  text.pop_back();  // the terminating NUL
  return text;
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  std::string bytes(text.size(), '\0');
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(Bytes(&bytes), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

std::string TokenText(std::string_view secret) {
  LP_ASSERT(secret.size() == kSecretBytes);
  return std::string(kBeginning) + Base64Url(secret) + Checksum(secret);
}

std::optional<std::string> SecretOfToken(std::string_view text) {
  if (text.size() != kBeginning.size() + kSecretCharacters + kChecksumCharacters || !text.starts_with(kBeginning)) {
    return std::nullopt;
  }
  text.remove_prefix(kBeginning.size());
  std::optional<std::string> secret = FromBase64Url(text.substr(0, kSecretCharacters));
  if (!secret || Checksum(*secret) != text.substr(kSecretCharacters)) return std::nullopt;
  return secret;
}

Result<std::string> HashPassword(std::string_view password) {
  InitializeSodium();
  char hash[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(hash, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Status::Retriable("no memory to hash a password, which takes 64 MiB: try again when there is some");
  }
  return std::string(hash);
}

bool FitsPassword(const std::string& hash, std::string_view password) {
  InitializeSodium();
  const char* const text = password.empty() ? "" : password.data();  // which may be null
  return crypto_pwhash_str_verify(hash.c_str(), text, password.size()) == 0;
}

}  // namespace leadpulse::access
