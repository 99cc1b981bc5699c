// The version of a lead: what a front shows beside it, and what an edit names so that it does not overwrite another.
#pragma once

#include <string>

#include "state/lead/lead.h"

namespace leadpulse::state {

// 16 hexadecimal digits: a hash of what records have said about the lead, its profile and its journal. Every applied
// record changes it, a note and a tag too. It is not stored, so that only those who ask for it pay. Time, definitions,
// messages about its address and a restart do not change it: what they decide follows from records. Thread-safe.
std::string LeadVersion(const Lead& lead);

}  // namespace leadpulse::state
