#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace leadpulse {

// Sorts the values from the place `from` on, and keeps one of each.
template <typename T>
void SortOnce(std::vector<T>* values, std::ptrdiff_t from = 0) {
  std::sort(values->begin() + from, values->end());
  values->erase(std::unique(values->begin() + from, values->end()), values->end());
}

}  // namespace leadpulse
