#include "state/codec/row_seal.h"

#include <xxhash.h>

#include <cstdio>
#include <optional>

#include "state/codec/row_form.h"
#include "state/lead/entries_hash.h"

namespace leadpulse::state {
namespace {

constexpr size_t kFirstVersionBodyAt = kRowChecksumAt + kRowChecksumBytes;

uint64_t HashOf(const LeadKey& key) {
  uint64_t tenant = XXH3_64bits(key.tenant.data(), key.tenant.size());
  return XXH3_64bits_withSeed(key.lead.data(), key.lead.size(), tenant);
}

// The key is part of the seed, so that a value under another lead's key is detected, too.
uint32_t FirstVersionChecksum(const LeadKey& key, std::string_view body) {
  return static_cast<uint32_t>(XXH3_64bits_withSeed(body.data(), body.size(), HashOf(key)));
}

uint32_t Checksum(const LeadKey& key, std::string_view front, uint64_t entries_hash) {
  const std::string_view hashed = front.substr(kFrontSizeAt);
  const uint64_t seed = JoinHashes(HashOf(key), entries_hash);
  return static_cast<uint32_t>(XXH3_64bits_withSeed(hashed.data(), hashed.size(), seed));
}

std::string Hex(uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(value));
  return text;
}

std::string Damaged(uint32_t computed, uint32_t stored) {
  return "its bytes are damaged (checksum " + Hex(computed) + ", stored " + Hex(stored) + ")";
}

std::string UnsealFirstVersion(const LeadKey& key, std::string_view bytes, std::string_view* body) {
  if (bytes.size() < kFirstVersionBodyAt) return "it ends within its checksum";
  *body = bytes.substr(kFirstVersionBodyAt);
  const uint32_t computed = FirstVersionChecksum(key, *body);
  const uint32_t stored = LoadNumber(bytes.substr(kRowChecksumAt, kRowChecksumBytes));
  return stored == computed ? std::string() : Damaged(computed, stored);
}

}  // namespace

void SealRow(const LeadKey& key, uint64_t entries_hash, std::span<char> front) {
  front[0] = kRowVersion;
  StoreNumber(static_cast<uint32_t>(front.size()), &front[kFrontSizeAt]);
  StoreNumber(Checksum(key, {front.data(), front.size()}, entries_hash), &front[kRowChecksumAt]);
}

std::string UnsealRow(const LeadKey& key, std::string_view bytes, std::string_view* body) {
  if (bytes.empty()) return "it is empty";
  if (bytes.front() == kFirstRowVersion) return UnsealFirstVersion(key, bytes, body);
  if (bytes.front() == kAppendMark) return "the row is missing that this was appended to";
  if (bytes.front() != kRowVersion) {
    return "it has format version " + std::to_string(static_cast<uint8_t>(bytes.front())) +
           "; this program reads versions up to " + std::to_string(kRowVersion);
  }
  const std::optional<size_t> front = FrontSize(bytes);
  if (!front) return "it ends within its head, or its head is damaged";
  const uint32_t computed = Checksum(key, bytes.substr(0, *front), EntriesHash().Of(bytes.substr(*front)));
  const uint32_t stored = LoadNumber(bytes.substr(kRowChecksumAt, kRowChecksumBytes));
  if (stored != computed) return Damaged(computed, stored);
  *body = bytes.substr(kRowBodyAt);
  return {};
}

// All of it is front.
std::string SealLeadBody(const LeadKey& key, std::string_view body) {
  std::string bytes(kRowBodyAt, '\0');
  bytes += body;
  SealRow(key, 0, bytes);
  return bytes;
}

std::string SealFirstVersion(const LeadKey& key, std::string_view body) {
  std::string bytes(kFirstVersionBodyAt, kFirstRowVersion);
  StoreNumber(FirstVersionChecksum(key, body), &bytes[kRowChecksumAt]);
  bytes += body;
  return bytes;
}

}  // namespace leadpulse::state
