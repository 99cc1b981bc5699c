// Checks a secret that the operator gave the provider and that comes with every post: a user and a password, or a
// header.
#include <string>

#include "processor/base/text.h"
#include "processor/webhooks/digests.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {

// RFC 7617.
MadeCheck MakeBasicCheck(const SignatureKey& key) {
  if (key.secret.find(':') == std::string::npos) return Status::Rejected("the key is no user:password");
  return CheckBy([expected = key.secret](const Post& post, Instant /*now*/) -> Result<Payload> {
    const std::string_view header = HeaderOf(post, "Authorization");
    if (header.empty()) {
      return Status::Rejected("the header Authorization is missing: does the webhook's URL begin with user:password@?");
    }
    const size_t blank = header.find(' ');
    if (blank == std::string_view::npos || AsciiLower(header.substr(0, blank)) != "basic") {
      return Status::Rejected("the header Authorization is no basic one");
    }
    const std::optional<std::string> credentials = FromBase64(TrimAsciiSpace(header.substr(blank + 1)));
    if (!credentials.has_value()) return Status::Rejected("the header Authorization is not in base64");
    if (!SameSecret(*credentials, expected)) return Status::Rejected("the user or the password is another");
    return WholePayload(post);
  });
}

MadeCheck MakeHeaderCheck(const SignatureKey& key) {
  if (key.header.empty()) return Status::Rejected("the name of the header that holds the secret is missing");
  return CheckBy([name = key.header, expected = key.secret](const Post& post, Instant /*now*/) -> Result<Payload> {
    // A stranger who reads the refusal is not told which header to try.
    const std::string_view value = HeaderOf(post, name);
    if (value.empty()) return Status::Rejected("the header that its source's settings name is missing");
    if (!SameSecret(value, expected)) {
      return Status::Rejected("the header that its source's settings name has another value");
    }
    return WholePayload(post);
  });
}

}  // namespace leadpulse::webhooks
