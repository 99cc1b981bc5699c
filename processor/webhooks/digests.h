// Digests, and the ways in which they are written and compared.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace leadpulse::webhooks {

enum class Hash { kSha1, kSha256 };

// All give the digest's bytes. The parts count as one text.
std::string Sha256(std::string_view text);
std::string Hmac(Hash hash, std::string_view key, std::initializer_list<std::string_view> parts);

// The bytes written so, or nothing where the text is not so written. Hexadecimal digits in upper and lower case; base64
// with or without its padding.
std::optional<std::string> FromHex(std::string_view text);
std::optional<std::string> FromBase64(std::string_view text);

// Both take as long as the length says and no longer where the beginnings are equal: who tries cannot learn a secret
// byte by byte. SameDigest is for what is of one length anyway; SameSecret also hides that, by comparing hashes.
bool SameDigest(std::string_view a, std::string_view b);
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace leadpulse::webhooks
