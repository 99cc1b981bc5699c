// The text of an API token: `lp_`, 32 random bytes as base64url, and a checksum, so that a mistyped token is recognised
// as one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leadpulse::access {

// `secret` has kSecretBytes.
std::string TokenText(std::string_view secret);
// The secret; nullopt if the text is no token or was mistyped.
std::optional<std::string> SecretOfToken(std::string_view text);

}  // namespace leadpulse::access
