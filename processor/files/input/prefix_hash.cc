#include "processor/files/input/prefix_hash.h"

#include <xxhash.h>

#include "processor/base/assert.h"

namespace leadpulse::input {

void PrefixHash::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

PrefixHash::PrefixHash() : state_(XXH3_createState()) {
  LP_ASSERT(state_ != nullptr);
  XXH3_128bits_reset(state_.get());
}
PrefixHash::PrefixHash(const PrefixHash& other) : state_(XXH3_createState()) {
  LP_ASSERT(state_ != nullptr);
  XXH3_copyState(state_.get(), other.state_.get());
}
PrefixHash& PrefixHash::operator=(const PrefixHash& other) {
  if (this != &other) XXH3_copyState(state_.get(), other.state_.get());
  return *this;
}
PrefixHash::~PrefixHash() = default;

void PrefixHash::Update(std::string_view bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }

Hash128 PrefixHash::Digest() const {
  XXH128_hash_t digest = XXH3_128bits_digest(state_.get());
  return {digest.high64, digest.low64};
}

}  // namespace leadpulse::input
