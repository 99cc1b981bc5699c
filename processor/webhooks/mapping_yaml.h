// What the parts of a mapping file share in how they are read. Errors go to the value's log.
#pragma once

#include "config/yaml_reader.h"
#include "processor/webhooks/json_path.h"

namespace leadpulse::webhooks {

inline constexpr size_t kMaxMappedNameBytes = 256;

// A path such as contact.emails[0].
void LoadPath(const config::YamlValue& value, JsonPath* path);

// A path, or {always: TEXT}. Exactly one of them is set where nothing is wrong.
void LoadPathOrText(const config::YamlValue& value, JsonPath* path, std::string* always);

}  // namespace leadpulse::webhooks
