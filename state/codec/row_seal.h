// The head of a lead's row: format version and checksum. README.md describes both byte by byte.
//
// The checksum covers the lead's key, too, so that a row under another key is detected. Functions are thread-safe and
// take any bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "processor/base/ids.h"

namespace leadpulse::state {

// An older version with a shorter head, which is still read. kRowVersion (row_form.h) is written.
inline constexpr char kFirstRowVersion = 1;

// Fills in the head of a front: its first kRowBodyAt bytes. `entries_hash`: EntriesHash of what follows the front.
void SealRow(const LeadKey& key, uint64_t entries_hash, std::span<char> front);
// Sets `body` to what follows the head, a view into `bytes`. Returns what is wrong, or an empty string.
std::string UnsealRow(const LeadKey& key, std::string_view bytes, std::string_view* body);

// Adds a valid head to any body, for tests of damaged bodies.
std::string SealLeadBody(const LeadKey& key, std::string_view body);
// The same in the first version.
std::string SealFirstVersion(const LeadKey& key, std::string_view body);

}  // namespace leadpulse::state
