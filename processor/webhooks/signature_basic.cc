// What the operator alone has told the provider, sent along with every post: a user and a password, or a header.
#include <string>
#include <utility>

#include "processor/base/text.h"
#include "processor/webhooks/digests.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

// RFC 7617.
class BasicCheck : public SignatureCheck {
 public:
  explicit BasicCheck(std::string user_and_password) : expected_(std::move(user_and_password)) {}

  Result<Payload> Check(const Post& post, Instant /*now*/) const override {
    const std::string_view header = HeaderOf(post, "Authorization");
    if (header.empty()) {
      return Status::Rejected("the header Authorization is missing: does the webhook's URL begin with user:password@?");
    }
    const size_t blank = header.find(' ');
    if (blank == std::string_view::npos || AsciiLower(header.substr(0, blank)) != "basic") {
      return Status::Rejected("the header Authorization is no basic one");
    }
    const std::optional<std::string> credentials = FromBase64(header.substr(blank + 1));
    if (!credentials.has_value()) return Status::Rejected("the header Authorization is not in base64");
    if (!SameSecret(*credentials, expected_)) return Status::Rejected("the user or the password is another");
    return WholePayload(post);
  }

 private:
  const std::string expected_;
};

class HeaderCheck : public SignatureCheck {
 public:
  HeaderCheck(std::string name, std::string value) : name_(std::move(name)), expected_(std::move(value)) {}

  Result<Payload> Check(const Post& post, Instant /*now*/) const override {
    // A stranger who reads the refusal is not told which header to try.
    const std::string_view value = HeaderOf(post, name_);
    if (value.empty()) return Status::Rejected("the header that its source's settings name is missing");
    if (!SameSecret(value, expected_)) {
      return Status::Rejected("the header that its source's settings name has another value");
    }
    return WholePayload(post);
  }

 private:
  const std::string name_, expected_;
};

}  // namespace

MadeCheck MakeBasicCheck(const SignatureKey& key) {
  if (key.secret.find(':') == std::string::npos) return Status::Rejected("the key is no user:password");
  return std::unique_ptr<SignatureCheck>(std::make_unique<BasicCheck>(key.secret));
}

MadeCheck MakeHeaderCheck(const SignatureKey& key) {
  if (key.header.empty()) return Status::Rejected("the name of the header that holds the secret is missing");
  return std::unique_ptr<SignatureCheck>(std::make_unique<HeaderCheck>(key.header, key.secret));
}

}  // namespace leadpulse::webhooks
