// Digests, their encodings and comparison.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace leadpulse::webhooks {

enum class Hash { kSha1, kSha256 };

// Both return the digest's bytes. The parts count as one text.
std::string Sha256(std::string_view text);
std::string Hmac(Hash hash, std::string_view key, std::initializer_list<std::string_view> parts);

// The first half of a SHA-256.
using HalfDigest = std::array<char, 16>;
HalfDigest HalfDigestOf(std::string_view text);

// Decodes a text; nullopt if it is not in that encoding. Hexadecimal digits in either case; base64 with or without
// padding.
std::optional<std::string> FromHex(std::string_view text);
std::optional<std::string> FromBase64(std::string_view text);

// Comparisons in constant time, so that an attacker cannot learn a secret byte by byte. SameDigest is for values of
// known length; SameSecret also hides the length, by comparing hashes.
bool SameDigest(std::string_view a, std::string_view b);
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace leadpulse::webhooks
