// Rows of leads and appends to them, as a store sees them (state/codec/row_form.h): the front is any text. And rows
// with a valid head over any body, damaged ones too.
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/ids.h"
#include "state/codec/row_form.h"

namespace leadpulse::testing {

inline std::string FrontOf(const std::string& message) {
  std::string front(state::kRowBodyAt, 'c');
  front[0] = state::kRowVersion;
  front += message;
  state::StoreNumber(static_cast<uint32_t>(front.size()), &front[state::kFrontSizeAt]);
  return front;
}

inline std::string RowOf(const std::string& message, const std::string& entries) { return FrontOf(message) + entries; }
inline std::string AppendOf(const std::string& message, const std::string& entries) {
  return state::kAppendMark + FrontOf(message) + entries;
}

// Makes a sealed row that has a front and no entries.
inline std::string SealLeadBody(const LeadKey& key, std::string_view body) {
  std::string bytes(state::kRowBodyAt, '\0');
  bytes += body;
  state::SealRow(key, 0, bytes);
  return bytes;
}

// Makes a sealed row of the first version: the version, the checksum of the body, and the body.
inline std::string SealFirstVersion(const LeadKey& key, std::string_view body) {
  const uint64_t tenant = XXH3_64bits(key.tenant.data(), key.tenant.size());
  const uint64_t seed = XXH3_64bits_withSeed(key.lead.data(), key.lead.size(), tenant);
  std::string bytes(state::kFrontSizeAt, state::kFirstRowVersion);
  state::StoreNumber(static_cast<uint32_t>(XXH3_64bits_withSeed(body.data(), body.size(), seed)),
                     &bytes[state::kRowChecksumAt]);
  bytes += body;
  return bytes;
}

}  // namespace leadpulse::testing
