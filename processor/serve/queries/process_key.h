// A random key that lives as long as the process. The next process cannot use anything made with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/assert.h"
#include "state/store/store_keys.h"

namespace leadpulse::serve {

// A key of this process. Thread-safe.
class ProcessKey {
 public:
  ProcessKey() {
    std::optional<std::string> key = state::RandomSecret(state::kErasureKeyBytes);
    LP_ASSERT(key);
    key_ = *std::move(key);
  }

  // Returns 32 bytes that nobody can guess without the key.
  std::string HashOf(std::string_view bytes) const { return state::KeyedHash(key_, bytes); }

 private:
  std::string key_;
};

}  // namespace leadpulse::serve
