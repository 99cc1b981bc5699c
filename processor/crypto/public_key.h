// Signatures that are checked with a public key, and owners of OpenSSL's objects.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <initializer_list>
#include <memory>
#include <string_view>

#include "processor/base/status.h"
#include "processor/crypto/digests.h"

namespace leadpulse::crypto {

template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};

using BioHandle = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using CertificateHandle = std::unique_ptr<X509, FreeBy<X509_free>>;
using DigestContextHandle = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using MacHandle = std::unique_ptr<EVP_MAC, FreeBy<EVP_MAC_free>>;
using MacContextHandle = std::unique_ptr<EVP_MAC_CTX, FreeBy<EVP_MAC_CTX_free>>;

// A scope that keeps its errors out of the thread's error queue, where OpenSSL's next user would mistake them for its
// own.
class ErrorsOfOurOwn {
 public:
  ErrorsOfOurOwn() { ERR_set_mark(); }
  ~ErrorsOfOurOwn() { ERR_pop_to_mark(); }
  ErrorsOfOurOwn(const ErrorsOfOurOwn&) = delete;
  ErrorsOfOurOwn& operator=(const ErrorsOfOurOwn&) = delete;
};

// Reads a SubjectPublicKeyInfo (RFC 5280), as PEM or its DER in base64. Rejected: the text is neither.
Result<KeyHandle> ReadPublicKey(std::string_view text);

// Whether the key's owner signed the parts as one string. ECDSA signatures are in DER, RSA signatures in PKCS #1 v1.5.
// Any number of threads may use one key.
bool IsSignedBy(EVP_PKEY* key, Hash hash, std::string_view signature, std::initializer_list<std::string_view> parts);

}  // namespace leadpulse::crypto
