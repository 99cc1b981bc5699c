// The checks of a record by the contract: the reason code of a refusal, or the journal's entry.
#pragma once

#include <optional>
#include <string>

#include "tests/support/model/calendar.h"
#include "tests/support/model/definitions.h"
#include "tests/support/model/lead.h"
#include "tests/support/model/record.h"

namespace leadpulse::model {

// Returns the reason code if a check without lead state refuses the record.
std::optional<std::string> Refusal(const Record& record, const Definitions& definitions, Millis wall_clock);

// Returns the lead's id of an accepted record.
std::string LeadIdOf(const std::string& lead, const std::string& email);

// Returns the time of an accepted event or command.
Millis TimeOf(const std::string& text);

// Returns the journal entry of an accepted event.
Entry EntryOf(const Event& event, const TenantDefinitions& definitions);

}  // namespace leadpulse::model
