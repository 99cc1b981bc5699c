// Hashes for tables in memory. They differ from process to process, so that nobody can send keys that collide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace leadpulse {

// Returns the seed of this process: the address of a constant.
inline uint64_t ProcessSeed() {
  static const char kAnywhere = 0;
  return reinterpret_cast<uintptr_t>(&kAnywhere);
}

// Returns the hash of a key; of one in parts, if `seed` is the hash of the part before.
size_t SeededHash(std::string_view key, uint64_t seed = ProcessSeed());

}  // namespace leadpulse
