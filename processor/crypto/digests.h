// Digests and their comparison, and ids that are made of them.
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace leadpulse::crypto {

enum class Hash { kSha1, kSha256, kSha512 };

// Returns the digest's bytes. Hmac takes its parts as one string.
std::string Sha256(std::string_view text);
std::string Hmac(Hash hash, std::string_view key, std::span<const std::string_view> parts);
inline std::string Hmac(Hash hash, std::string_view key, std::initializer_list<std::string_view> parts) {
  return Hmac(hash, key, std::span(parts.begin(), parts.size()));
}

// The first half of a SHA-256.
using HalfDigest = std::array<char, 16>;
HalfDigest HalfDigestOf(std::string_view text);

// Compares in constant time, so that an attacker cannot learn a secret byte by byte. SameDigest is for values of known
// length; SameSecret also hides the length, by comparing hashes.
bool SameDigest(std::string_view a, std::string_view b);
bool SameSecret(std::string_view a, std::string_view b);

// An id made from the content of an event, for providers that give none, and for records made by a command line. It is
// the name of the provider (or other maker of records), a dash and 32 hexadecimal digits: the first half of the SHA-256
// over the parts in order, each after its length. Never change what it is made of: events that are sent again would
// count twice.
class StableId {
 public:
  explicit StableId(std::string_view provider) : provider_(provider) {}
  void Add(std::string_view part);
  std::string Take() const;

 private:
  std::string provider_;
  std::string parts_;
};

}  // namespace leadpulse::crypto
