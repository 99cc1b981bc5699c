// "Did you mean": the nearest of the known names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace leadpulse {

// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours), without case; on a
// tie the first candidate. nullopt if the distance exceeds a third of the name's length (at least 1, at most 8).
std::optional<std::string> NearestName(std::string_view name, std::span<const std::string> candidates);

}  // namespace leadpulse
