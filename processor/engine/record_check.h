// The checks of a record that need the definitions but no lead: the reader makes them, before it sets the clock.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "config/definitions.h"
#include "processor/base/value.h"
#include "schemas/codec/records.h"

namespace leadpulse::engine {

// An attribute's value as the definitions read it: as sent where nothing is declared. The rejection is an
// invalid_value. With `by_email`, `email` has to pass IsEmailText (processor/base/address.h); without, it is an
// attribute like others (spec §9, Terms). `name` is normalised; the value is not unset.
std::variant<Value, codec::Rejection> ConvertAttribute(const std::string& name, const Value& sent,
                                                       const config::TenantDefinitions& definitions);

// invalid_value where an update_profile sets an attribute to something that ConvertAttribute refuses. Pure;
// thread-safe.
std::optional<codec::Rejection> CheckCommand(const codec::Command& command, const config::Definitions& definitions);

}  // namespace leadpulse::engine
