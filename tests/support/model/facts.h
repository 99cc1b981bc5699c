// The facts of a lead that are the same at every instant.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/definitions.h"
#include "tests/support/model/lead.h"
#include "tests/support/model/value.h"

namespace leadpulse::model {

// The facts about a lead's address.
struct AddressStanding {
  std::vector<StatusEvent> events;  // the tenant's events that belong to the address, each once
  bool is_beyond_limit = false;     // more leads than a mailbox registers use the address
};

// The view's input from profile and journal, which does not depend on `now`. Refers to the lead and the definitions.
struct Facts {
  Facts(const Lead& of_lead, const TenantDefinitions& in_force, AddressStanding of_address = {});

  const Lead& lead;
  const TenantDefinitions& definitions;
  const Zone& zone;

  // Entries that are neither a RETRACT nor retracted, including those of programs.
  std::vector<const Entry*> visible;
  // Effective entries, including folded ones.
  std::map<EventType, Tally> tallies;
  // Status events of settled events and of effective entries.
  std::vector<StatusEvent> status;
  AddressStanding standing;
  // Attributes converted under the definitions, without those that cannot be converted.
  std::map<std::string, Value> attributes;

  int64_t CountOf(EventType type) const;
  std::optional<Millis> LastOf(EventType type) const;
  std::optional<Millis> LastOf(const std::vector<EventType>& types) const;
  std::optional<Millis> Created() const;
  // Returns an attribute's value. `email` may be the lead's id.
  Value Attribute(const std::string& normal_name) const;
};

}  // namespace leadpulse::model
