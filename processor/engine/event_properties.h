// The declared properties of an event, as they are journaled (spec §2).
#pragma once

#include <cstddef>
#include <vector>

#include "config/definitions.h"
#include "processor/engine/left_out_properties.h"
#include "schemas/codec/records.h"
#include "state/lead/journal_entry.h"

namespace leadpulse::engine {

// Bytes. A longer text property, or element of a list, is left out.
inline constexpr size_t kMaxPropertyTextBytes = 256;
// The most elements of a list that are journaled: its first ones.
inline constexpr size_t kMaxPropertyElements = 20;

// Returns the declared properties, converted, ascending by name. Appends what is left out to `left_out`. A declared
// name is looked up as it stands, then, split at its dots, through objects. The event's url is used if `url` is
// declared and is not among the properties.
state::EntryProperties PropertiesOf(const codec::Event& event, const config::TenantDefinitions& definitions,
                                    std::vector<LeftOutProperty>* left_out);

}  // namespace leadpulse::engine
