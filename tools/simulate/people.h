// Who the leads are: names, companies and everything a profile says, from the seed and the lead's number alone.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::simulate {

// `acme`, then others; `tenant-13` where the names end.
std::string TenantName(uint32_t tenant);

// `ada.novak17@umbra.example`: the key of the lead, unlike that of any other.
void WriteAddress(uint64_t seed, uint32_t lead, std::string* address);

// All that is known of a lead when it joins, under the names that the templates of definitions use.
codec::NamedValues ProfileOf(uint64_t seed, uint32_t lead, Instant joined);

// What a later look into the CRM changes, by the detail of the change: one or two attributes.
codec::UpdateProfile ChangeOf(uint64_t detail);

}  // namespace leadpulse::simulate
