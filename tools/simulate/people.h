// Makes names, companies and profiles of leads from the seed and the lead's number alone.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::simulate {

// Returns `acme` and other names; after the last one `tenant-13` and so on.
std::string TenantName(uint32_t tenant);

// Returns `ada.novak17@umbra.example`: the unique key of the lead.
std::string AddressOf(uint64_t seed, uint32_t lead);

// Returns the profile of a lead when it joins. Attributes have the names that the templates of definitions use.
codec::NamedValues ProfileOf(uint64_t seed, uint32_t lead, Instant joined);

// Returns a later change in the CRM, by its detail: one or two attributes.
codec::UpdateProfile ChangeOf(uint64_t detail);

}  // namespace leadpulse::simulate
