// What of a lead is the same at every instant.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/definitions.h"
#include "tests/support/model/lead.h"
#include "tests/support/model/value.h"

namespace leadpulse::model {

// What a lead's address says of it.
struct AddressStanding {
  std::vector<StatusEvent> events;  // of the whole tenant that belong to the address, each once
  bool is_beyond_limit = false;     // more leads than a mailbox registers use the address
};

// What the view needs of profile and journal that does not depend on `now`.
// Borrows both the lead and the definitions.
struct Facts {
  Facts(const Lead& of_lead, const TenantDefinitions& in_force, AddressStanding of_address = {});

  const Lead& lead;
  const TenantDefinitions& definitions;
  const Zone& zone;

  // Neither RETRACT nor retracted; those of programs too.
  std::vector<const Entry*> visible;
  // Effective ones, folded ones included.
  std::map<EventType, Tally> tallies;
  // Those that are settled, and of effective entries.
  std::vector<StatusEvent> status;
  AddressStanding standing;
  // Converted under the definitions; those that cannot be are left out.
  std::map<std::string, Value> attributes;

  int64_t CountOf(EventType type) const;
  std::optional<Millis> LastOf(EventType type) const;
  std::optional<Millis> LastOf(const std::vector<EventType>& types) const;
  std::optional<Millis> Created() const;
  // `email` may be the lead's id.
  Value Attribute(const std::string& normal_name) const;
};

}  // namespace leadpulse::model
