// Finds the nearest known name, for "did you mean".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace leadpulse {

// Returns the candidate with the smallest edit distance (insert, delete, replace, swap of neighbours), without case; on
// a tie the first candidate. nullopt if the distance exceeds a third of the name's length (at least 1, at most 8).
std::optional<std::string> NearestName(std::string_view name, std::span<const std::string> candidates);

}  // namespace leadpulse
