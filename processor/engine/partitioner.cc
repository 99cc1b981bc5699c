#include "processor/engine/partitioner.h"

#include <string>

#include "processor/base/assert.h"

namespace leadpulse::engine {
namespace {

uint32_t LittleEndian32(std::string_view bytes, size_t at) {
  const auto byte = [&](size_t i) { return uint32_t{static_cast<uint8_t>(bytes[at + i])}; };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;  // one load
}

}  // namespace

uint32_t Murmur2(std::string_view bytes) {
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  constexpr uint32_t kSeed = 0x9747b28c;
  uint32_t hash = kSeed ^ static_cast<uint32_t>(bytes.size());
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word = LittleEndian32(bytes, at) * kMultiplier;
    word = (word ^ word >> 24) * kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  if (at < bytes.size()) {
    for (size_t i = bytes.size(); i-- > at;)
      hash ^= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << 8 * (i - at);
    hash *= kMultiplier;
  }
  hash = (hash ^ hash >> 13) * kMultiplier;
  return hash ^ hash >> 15;
}

PartitionId PartitionOf(const LeadKey& key, uint32_t partition_count) {
  LP_ASSERT(partition_count > 0);
  thread_local std::string bytes;  // like EncodeLeadKey, in reused memory
  bytes.resize(key.tenant.size() + 1 + key.lead.size());
  key.tenant.copy(bytes.data(), key.tenant.size());
  bytes[key.tenant.size()] = '\0';
  key.lead.copy(bytes.data() + key.tenant.size() + 1, key.lead.size());
  return {(Murmur2(bytes) & 0x7fffffff) % partition_count};
}

}  // namespace leadpulse::engine
