// What a tenant declares by name: time zone, fields, event properties, and points by name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// A zone's name that is unknown is an error, and the calendar stays as it is.
void LoadTimeZone(const YamlValue& value, Calendar* calendar);

// A field named like a built-in of the rule language is a warning: rules will not see it.
rules::DeclaredTypes LoadFields(const YamlValue& value);
rules::DeclaredTypes LoadEventProperties(const YamlValue& value);

// Names become `normalize(name)`; two that become the same are an error. By ascending name.
void LoadPoints(const YamlValue& value, std::string_view what, std::string (*normalize)(std::string_view),
                std::vector<QualityPoints>* points);

}  // namespace leadpulse::config
