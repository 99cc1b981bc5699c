#include "processor/serve/access/api_token.h"

#include "processor/base/assert.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

constexpr std::string_view kBeginning = "lp_";
constexpr size_t kChecksumBytes = 4;
constexpr size_t kSecretCharacters = 43;
constexpr size_t kChecksumCharacters = 6;

std::string Checksum(std::string_view secret) {
  return Base64Url(HashOf(std::string("leadpulse token ").append(secret)).substr(0, kChecksumBytes));
}

}  // namespace

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

}  // namespace leadpulse::access
