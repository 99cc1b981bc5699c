// "Did you mean": the nearest of the known names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace leadpulse {

// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours), without case, where it
// is no more than a third of the name's length and 8, and at least 1 for short names; the first of equals. Nothing
// otherwise.
std::optional<std::string> NearestName(std::string_view name, std::span<const std::string> candidates);

}  // namespace leadpulse
