// Rounds of unit tests with random parts: few in each run of all tests, more in the long run.
#pragma once

#include <cstdlib>
#include <string>

namespace leadpulse::testing {

// Returns `few`, times LEADPULSE_ROUNDS if that is set. The rounds after the first `few` have other random parts.
inline int Rounds(int few) {
  const char* value = std::getenv("LEADPULSE_ROUNDS");
  return few * (value == nullptr ? 1 : std::stoi(value));
}

}  // namespace leadpulse::testing
