// Repairs JSON in which a sender has cut a text in the middle of a character.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::webhooks {

// Replaces each byte that is not UTF-8, and each escaped half of a surrogate pair (`\ud83d` alone), by U+FFFD. Removes
// a byte order mark. Returns any other text unchanged.
std::string RepairJsonText(std::string_view text);

}  // namespace leadpulse::webhooks
