#include "tools/leadpulse/option_checks.h"

#include <charconv>
#include <cstdint>

#include <CLI/CLI.hpp>

namespace leadpulse::tools {

// CLI11 alone takes -1 and what is too long, as the greatest number there is.
std::string CheckWholeNumber(const std::string& text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) return "`" + text + "` is too great a number";
  return error == std::errc() && last == end ? "" : "`" + text + "` is no number; write a whole number from 0 on";
}

std::string CheckNotEmpty(const std::string& text) { return text.empty() ? "is empty" : ""; }

CLI::Validator Unnamed(CLI::Validator validator) { return validator.description(""); }

}  // namespace leadpulse::tools
