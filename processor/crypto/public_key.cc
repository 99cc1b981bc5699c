#include "processor/crypto/public_key.h"

#include <openssl/pem.h>

#include <optional>
#include <string>

#include "processor/base/encodings.h"

namespace leadpulse::crypto {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

KeyHandle FromPem(std::string_view text) {
  const BioHandle source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  return KeyHandle(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr));
}

KeyHandle FromDer(std::string_view der) {
  const unsigned char* at = Bytes(der);
  KeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return at == Bytes(der) + der.size() ? std::move(key) : nullptr;
}

}  // namespace

Result<KeyHandle> ReadPublicKey(std::string_view text) {
  const ErrorsOfOurOwn errors;
  if (text.starts_with("-----BEGIN ")) {
    KeyHandle key = FromPem(text);
    if (key == nullptr) return Status::Rejected("the key is no public key in PEM");
    return key;
  }
  const std::optional<std::string> der = FromBase64(text);
  if (!der.has_value()) return Status::Rejected("the key is not in base64");
  KeyHandle key = FromDer(*der);
  if (key == nullptr) return Status::Rejected("the key is in base64, but no public key");
  return key;
}

bool IsSignedBy(EVP_PKEY* key, Hash hash, std::string_view signature, std::initializer_list<std::string_view> parts) {
  const ErrorsOfOurOwn errors;
  const DigestContextHandle context(EVP_MD_CTX_new());
  const EVP_MD* digest = hash == Hash::kSha1 ? EVP_sha1() : EVP_sha256();
  bool good = EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1;
  for (const std::string_view part : parts) {
    good = good && EVP_DigestVerifyUpdate(context.get(), part.data(), part.size()) == 1;
  }
  return good && EVP_DigestVerifyFinal(context.get(), Bytes(signature), signature.size()) == 1;
}

}  // namespace leadpulse::crypto
