#include "processor/serve/queries/position_seal.h"

#include "absl/strings/escaping.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kPositionBytes = 8;
constexpr size_t kTagBytes = 8;

// XOR with bytes that follow from the tag and the key. Done twice, it restores the bytes.
std::string Masked(const ProcessKey& key, const std::string& tag, std::string bytes) {
  const std::string mask = key.HashOf("mask" + tag);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ mask[i]);
  return bytes;
}

}  // namespace

// A synthetic initialization vector, as in RFC 5297: a keyed hash of the position is both its tag and what its mask
// comes from, so that no random number is needed and equal positions have equal texts.
std::string PositionSeal::Seal(pipeline::FeedPosition position) const {
  std::string bytes(kPositionBytes, '\0');
  for (size_t i = 0; i < kPositionBytes; ++i) bytes[i] = static_cast<char>(position >> (8 * i));
  const std::string tag = key_.HashOf("tag" + bytes).substr(0, kTagBytes);
  return absl::BytesToHexString(tag + Masked(key_, tag, bytes));
}

std::optional<pipeline::FeedPosition> PositionSeal::Open(const std::string& sealed) const {
  const bool is_hex = sealed.size() == 2 * (kTagBytes + kPositionBytes) &&
                      sealed.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex) return std::nullopt;
  const std::string both = absl::HexStringToBytes(sealed);
  const std::string tag = both.substr(0, kTagBytes);
  const std::string bytes = Masked(key_, tag, both.substr(kTagBytes));
  if (key_.HashOf("tag" + bytes).substr(0, kTagBytes) != tag) return std::nullopt;
  pipeline::FeedPosition position = 0;
  for (size_t i = 0; i < kPositionBytes; ++i) {
    position |= pipeline::FeedPosition{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return position;
}

}  // namespace leadpulse::serve
