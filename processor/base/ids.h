// Strong types for ids: mixing up two of them does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/assert.h"

namespace leadpulse {

struct PartitionId {
  uint32_t value = 0;
  friend constexpr auto operator<=>(PartitionId, PartitionId) = default;
};

// The number of a change within its lead: 1, 2, 3, … 0 is "none yet".
struct SequenceNumber {
  uint64_t value = 0;
  friend constexpr auto operator<=>(SequenceNumber, SequenceNumber) = default;
};

// The number of the definitions that a state has rolled out: 1, 2, 3, … The indexes in a lead's last view (tier,
// segments) refer to the definitions with this number. 0 is "none yet".
struct DefinitionsNumber {
  uint32_t value = 0;
  friend constexpr auto operator<=>(DefinitionsNumber, DefinitionsNumber) = default;
};

// The lead of a record. The tenant is 1–128 bytes of [A-Za-z0-9_.-], the lead 1–320 bytes of UTF-8.
struct LeadKey {
  std::string tenant;
  std::string lead;
  friend auto operator<=>(const LeadKey&, const LeadKey&) = default;
};

// Encodes a key as tenant NUL lead, the key in Kafka and in the store. Its byte order is that of (tenant, lead),
// because a tenant has no NUL.
inline std::string EncodeLeadKey(const LeadKey& key) {
  std::string bytes;
  bytes.reserve(key.tenant.size() + 1 + key.lead.size());
  bytes += key.tenant;
  bytes += '\0';
  bytes += key.lead;
  return bytes;
}

// Returns the tenant in an encoded key; a view into it.
inline std::string_view TenantOfKey(std::string_view bytes) { return bytes.substr(0, bytes.find('\0')); }

// Decodes what EncodeLeadKey encoded. The bytes must contain a NUL.
inline LeadKey DecodeLeadKey(std::string_view bytes) {
  const size_t separator = bytes.find('\0');
  LP_ASSERT(separator != std::string_view::npos);
  return {std::string(bytes.substr(0, separator)), std::string(bytes.substr(separator + 1))};
}

}  // namespace leadpulse
