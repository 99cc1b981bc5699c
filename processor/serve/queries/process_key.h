// A random key that lives as long as the process: what was made with it means nothing to the next one.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::serve {

// Thread-safe.
class ProcessKey {
 public:
  ProcessKey();

  // 32 bytes that nobody can guess without the key.
  std::string HashOf(std::string_view bytes) const;

 private:
  const std::string key_;
};

}  // namespace leadpulse::serve
