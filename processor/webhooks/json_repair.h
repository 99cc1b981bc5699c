// Texts that a sender cut in the middle of a character, inside its JSON.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::webhooks {

// The text with U+FFFD in the place of each byte that is not UTF-8 and of each escaped half of a surrogate pair
// (`\ud83d` alone). A byte order mark before it goes. Any other text comes back as it is.
std::string RepairJsonText(std::string_view text);

}  // namespace leadpulse::webhooks
