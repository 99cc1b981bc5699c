// Loads a tenant's declarations: time zone, fields, event properties, topics, and points by
// name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// An unknown zone is an error; the calendar then stays unchanged.
void LoadTimeZone(const YamlValue& value, Calendar* calendar);

// A field with the name of a built-in of the rule language is a warning, because rules cannot see it.
rules::DeclaredTypes LoadFields(const YamlValue& value);
rules::DeclaredTypes LoadEventProperties(const YamlValue& value);

// A list of topics {id, name}. Ids are the same without case.
void LoadTopics(const YamlValue& value, TenantDefinitions* tenant);

// Applies `normalize` to names; two equal names are an error. Sorted by name.
void LoadPoints(const YamlValue& value, std::string_view what, std::string (*normalize)(std::string_view),
                std::vector<QualityPoints>* points);

}  // namespace leadpulse::config
