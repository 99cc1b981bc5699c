#include "processor/webhooks/signing_certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "processor/webhooks/public_key.h"

namespace leadpulse::webhooks {
namespace {

constexpr int kMinRsaBits = 2048;

bool IsFor(X509* certificate, std::span<const std::string> names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return X509_check_host(certificate, name.data(), name.size(), X509_CHECK_FLAG_NO_WILDCARDS, nullptr) == 1;
  });
}

Status Judge(X509* certificate, std::span<const std::string> names) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr || EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) < kMinRsaBits) {
    return Status::Rejected("a certificate has no RSA key of " + std::to_string(kMinRsaBits) + " bits or more");
  }
  if (IsFor(certificate, names)) return Status::Ok();
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return Status::Rejected("a certificate is for none of the names with which SNS signs there: " + all);
}

bool IsValid(const X509* certificate, Instant now) {
  const auto seconds = static_cast<time_t>(now.millis / 1000);
  // -2: it cannot be read.
  const int from = ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate), seconds);
  const int to = ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), seconds);
  return (from == -1 || from == 0) && (to == 0 || to == 1);
}

}  // namespace

Result<SigningCertificates> SigningCertificates::Read(std::string_view pem, std::span<const std::string> names) {
  const ErrorsOfOurOwn errors;
  const BioHandle source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  SigningCertificates read;
  while (true) {
    CertificateHandle certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    LP_RETURN_IF_ERROR(Judge(certificate.get(), names));
    read.certificates_.push_back(std::move(certificate));
  }
  // No start line: that was the end. All else is a certificate that is none.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (read.certificates_.empty() || !at_end) return Status::Rejected("the key is not one or more certificates in PEM");
  return read;
}

Status SigningCertificates::Check(std::string_view text, Hash hash, std::string_view signature, Instant now) const {
  const ErrorsOfOurOwn errors;
  bool valid = false;
  for (const CertificateHandle& certificate : certificates_) {
    if (!IsValid(certificate.get(), now)) continue;
    valid = true;
    if (IsSignedBy(X509_get0_pubkey(certificate.get()), hash, signature, {text})) return Status::Ok();
  }
  return Status::Rejected(valid ? "no certificate configured has signed it"
                                : "no certificate configured is valid at " + FormatRfc3339(now));
}

}  // namespace leadpulse::webhooks
