// Random secrets, API tokens, keyed hashes and password hashes. Only this file's source includes libsodium.
// Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::access {

inline constexpr size_t kSecretBytes = 32;
inline constexpr size_t kHashBytes = 32;

// Returns bytes from the operating system's random generator.
std::string RandomBytes(size_t count);
// Makes a password: 144 random bits as 24 characters of base64url.
std::string MakePassword();

// Makes an id: 128 random bits as 22 characters of base64url.
std::string RandomId();

// Computes BLAKE2b-256. A key has kSecretBytes; without a key it is a plain hash.
std::string HashOf(std::string_view bytes, std::string_view key = {});
// Derives a key for one purpose from the master key.
std::string KeyFor(std::string_view purpose, std::string_view master_key);
// Encrypts and authenticates (XChaCha20-Poly1305, with a random nonce before the text). `key` has kSecretBytes.
std::string SealBytes(std::string_view bytes, std::string_view key);
// Does the same, but equal bytes become equal texts: the nonce is a keyed hash of them, as in RFC 5297.
std::string SealSame(std::string_view bytes, std::string_view key);
// Returns the bytes that either sealed; nullopt if another key sealed them, or they were changed.
std::optional<std::string> UnsealBytes(std::string_view sealed, std::string_view key);

// Whether the bytes are equal, in a time that depends only on their length.
bool EqualInConstantTime(std::string_view a, std::string_view b);

// Encodes bytes by RFC 4648 with the URL alphabet, without padding.
std::string Base64Url(std::string_view bytes);
// Decodes base64url; nullopt for any other text, also one with unused bits that are not zero.
std::optional<std::string> FromBase64Url(std::string_view text);

// Returns the text of an API token: `lp_`, the secret as base64url, and a checksum, so that a mistyped token is
// recognised as one. `secret` has kSecretBytes.
std::string TokenText(std::string_view secret);
// Returns the secret of a token; nullopt if the text is no token or was mistyped.
std::optional<std::string> SecretOfToken(std::string_view text);

// Hashes with argon2id and 64 MiB, as libsodium's text. Takes about 0.1 s. Retriable if there is no memory.
Result<std::string> HashPassword(std::string_view password);
// Whether the password fits the hash. False also for a text that is no hash. Takes as long as HashPassword.
bool FitsPassword(const std::string& hash, std::string_view password);

}  // namespace leadpulse::access
