// Finds single fields of a lead's row in its body without decoding it (lead_state.proto), and writes the head of a
// field.
//
// `body` is that of an unsealed row (row_form.h). Functions are thread-safe and take any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::state {

inline constexpr size_t kMaxFieldHeadBytes = 5 + 10;
// Appends the tag and the length of a field of bytes, as Protobuf writes them.
void AppendFieldHead(int number, size_t size, std::string* bytes);

// Returns false if the body is not a Protobuf message. Leaves the result unchanged if the field is absent.
bool FindNextChange(std::string_view body, Instant* next_change_at);
bool FindIsNoLead(std::string_view body, bool* is_no_lead);
bool FindDeltaEpoch(std::string_view body, uint64_t* epoch);

// A field in the body, as views.
struct FoundField {
  std::string_view field;  // with tag and length
  std::string_view value;
};
// Finds the profile. Returns empty views if there is none, if there are several, or if the body is not a Protobuf
// message.
FoundField FindProfile(std::string_view body);

}  // namespace leadpulse::state
