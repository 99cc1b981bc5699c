#include "config/setting_texts.h"

#include <arpa/inet.h>

#include <charconv>
#include <string>

#include "processor/base/text.h"
#include "processor/rules/language/parser.h"

namespace leadpulse::config {
namespace {

constexpr std::string_view kByteUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};

struct Amount {
  uint64_t count = 0;
  std::string_view unit;
};

// Parses `100ms` or `100 ms`: digits, then a unit.
std::optional<Amount> ParseAmount(std::string_view text) {
  Amount amount;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount.count);
  if (error != std::errc()) return std::nullopt;
  amount.unit = text.substr(static_cast<size_t>(end - text.data()));
  if (amount.unit.starts_with(' ')) amount.unit.remove_prefix(1);
  return amount;
}

}  // namespace

bool IsNameOf(std::string_view text, size_t most_bytes) {
  return !text.empty() && text.size() <= most_bytes && IsAlphanumeric(text, "_.-");
}

bool IsAddress(std::string_view text) {
  const std::string address(text);
  in6_addr parsed;  // the larger of the two
  return inet_pton(AF_INET, address.c_str(), &parsed) == 1 || inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

std::optional<Millis> ParsePreciseDuration(std::string_view text) {
  constexpr uint64_t kMost = 86'400'000;  // a day; longer durations are written in days
  const std::optional<Amount> amount = ParseAmount(TrimAsciiSpace(text));
  if (amount && (amount->unit == "ms" || amount->unit == "millisecond" || amount->unit == "milliseconds")) {
    if (amount->count > kMost) return std::nullopt;
    return Millis(static_cast<int64_t>(amount->count));
  }
  return rules::ParseDuration(text);
}

std::string SpellPreciseDuration(Millis duration) {
  constexpr std::pair<int64_t, const char*> kUnits[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}};
  for (const auto& [millis, letter] : kUnits) {
    if (duration.count() % millis == 0) return std::to_string(duration.count() / millis) + letter;
  }
  return std::to_string(duration.count()) + "ms";
}

std::optional<uint64_t> ParseBytes(std::string_view text) {
  const std::optional<Amount> amount = ParseAmount(TrimAsciiSpace(text));
  if (!amount) return std::nullopt;
  int shift = 0;
  for (const std::string_view unit : kByteUnits) {
    if (amount->unit == unit) {
      if (amount->count > (UINT64_MAX >> shift)) return std::nullopt;
      return amount->count << shift;
    }
    shift += 10;
  }
  return std::nullopt;
}

std::string SpellBytes(uint64_t bytes) {
  size_t unit = 0;
  while (unit + 1 < std::size(kByteUnits) && bytes > 0 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + std::string(kByteUnits[unit]);
}

}  // namespace leadpulse::config
