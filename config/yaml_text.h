// Writes texts as YAML.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::config {

// The text as a YAML scalar on one line that every reader takes for the same text: bare if it is a plain word, else in
// quotes.
std::string YamlString(std::string_view text);

// The text as a key with its colon. A key too long for `key: value` takes the form `? key`, with the colon on a line of
// its own, indented like the key.
std::string YamlKey(std::string_view text, int indentation);

}  // namespace leadpulse::config
