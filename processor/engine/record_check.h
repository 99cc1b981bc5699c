// The checks of a record that need the definitions but no lead: the reader makes them, before it sets the clock.
#pragma once

#include <optional>

#include "config/definitions.h"
#include "schemas/codec/records.h"

namespace leadpulse::engine {

// invalid_value where an update_profile sets a declared field to something that does not convert. Pure; thread-safe.
std::optional<codec::Rejection> CheckCommand(const codec::Command& command, const config::Definitions& definitions);

}  // namespace leadpulse::engine
