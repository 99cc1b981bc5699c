// Owners of OpenSSL's objects.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace leadpulse::webhooks {

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

// Keeps errors during its lifetime out of the thread's error queue, where the next user of OpenSSL would take them for
// its own.
class ErrorsOfOurOwn {
 public:
  ErrorsOfOurOwn() { ERR_set_mark(); }
  ~ErrorsOfOurOwn() { ERR_pop_to_mark(); }
  ErrorsOfOurOwn(const ErrorsOfOurOwn&) = delete;
  ErrorsOfOurOwn& operator=(const ErrorsOfOurOwn&) = delete;
};

}  // namespace leadpulse::webhooks
