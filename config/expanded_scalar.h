// One scalar of a settings file: the environment's values are put in, and what must not be seen is never quoted.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "config/environment.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

inline constexpr size_t kMaxSettingTextBytes = 4096;  // Linux's bound of a path

// `a text`, `a list`: for messages.
std::string_view KindName(YamlKind kind);

// A scalar's text with the environment's values put in. Nothing: that did not work, and is reported where it stands.
std::optional<Substitution> Expand(const YamlValue& value, const Environment& environment);

// Calls `read` with the scalar as it is in the end, and gives what it gives: whether it fits. What `read` reports of it
// is seen only where neither it is secret nor any of it came from the environment; else `what` was expected.
bool ReadExpanded(const YamlValue& value, const Environment& environment, std::string_view what, bool secret,
                  const std::function<bool(const YamlValue&)>& read);

}  // namespace leadpulse::config
