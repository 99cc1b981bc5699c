// Numbers as pages show them: with the separators of the tenant's locale, and the digits 0 to 9. What people type, the
// API and files have plain numbers.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

class ShownNumbers {
 public:
  // Takes a language tag of BCP 47, as the definitions have it; empty: English.
  explicit ShownNumbers(std::string_view locale = {});
  // Takes the tenant's locale, and English while it is unknown.
  static ShownNumbers For(const PageRequest& request);

  // Returns `1.234,5` for `1234.5`, and `−5` for `-5`. Returns a text that is no number as it is.
  std::string Of(std::string_view number) const;
  template <std::integral Number>
  std::string Of(Number number) const {
    return Of(std::to_string(number));
  }
  // Returns `+1,200`, `−5`, `0`.
  std::string Signed(int64_t number) const;
  // Returns `1 row`, `1,234 rows`. `thing` is the singular.
  std::string Counted(std::string_view number, std::string_view thing) const;
  // Returns a part of 1 as people read it: `54 %`, below 1 % with a digit: `0.4 %`. `0 %` is none, and `100 %` all.
  std::string Share(double part) const;

 private:
  struct Format;
  std::shared_ptr<const Format> format_;  // thread-safe
};

}  // namespace leadpulse::serve
