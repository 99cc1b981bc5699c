// Fingerprint of a byte prefix.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct XXH3_state_s;

namespace leadpulse::input {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

// An incremental XXH3-128. Detects a file that was replaced or edited by mistake; no protection against forgery.
class PrefixHash {
 public:
  PrefixHash();
  PrefixHash(const PrefixHash& other);
  PrefixHash& operator=(const PrefixHash& other);
  ~PrefixHash();

  void Update(std::string_view bytes);
  Hash128 Digest() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace leadpulse::input
