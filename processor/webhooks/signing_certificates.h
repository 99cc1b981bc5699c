// The certificates with which Amazon SNS signs, as the operator pinned them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/webhooks/digests.h"
#include "processor/webhooks/openssl_handles.h"

namespace leadpulse::webhooks {

// Does not change: safe from any number of threads.
class SigningCertificates {
 public:
  // One or more certificates as PEM. SNS replaces its own every few months: the next may stand beside the present one.
  // Rejected: there is none, one cannot be read, has no RSA key of 2048 bits or more, or is not for one of the names.
  static Result<SigningCertificates> Read(std::string_view pem, std::span<const std::string> names);

  // Ok: one that is valid now has signed the text.
  Status Check(std::string_view text, Hash hash, std::string_view signature, Instant now) const;

 private:
  std::vector<CertificateHandle> certificates_;
};

}  // namespace leadpulse::webhooks
