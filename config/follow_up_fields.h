// The fields that every tenant has: when to follow up with a lead, and why (spec §11).
#pragma once

#include "processor/rules/language/checker.h"

namespace leadpulse::config {

// Returns `follow_up_on` (a day) and `follow_up_note` (a text).
const rules::DeclaredTypes& FollowUpFields();

}  // namespace leadpulse::config
