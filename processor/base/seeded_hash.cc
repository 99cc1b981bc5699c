#include "processor/base/seeded_hash.h"

#define XXH_INLINE_ALL  // keys are short: a call would cost more than the hash
#include <xxhash.h>

namespace leadpulse {

size_t SeededHash(std::string_view key, uint64_t seed) { return XXH3_64bits_withSeed(key.data(), key.size(), seed); }

}  // namespace leadpulse
