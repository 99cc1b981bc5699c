// Record keys of changes and profiles, for consumers that read keys as text.
#pragma once

#include <string>

#include "processor/base/ids.h"

namespace leadpulse::kafka {

// Returns tenant, `/` and id. Controls and `%` are percent-encoded (RFC 3986), and `/` in the tenant, so no two leads
// have one key.
std::string PrintableKey(const LeadKey& key);

}  // namespace leadpulse::kafka
