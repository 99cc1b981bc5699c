#include "config/units.h"

#include <charconv>

#include "config/scoring_description.h"
#include "processor/base/text.h"
#include "processor/rules/language/parser.h"

namespace leadpulse::config {
namespace {

constexpr std::string_view kByteUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};

struct Amount {
  uint64_t count = 0;
  std::string_view unit;
};

// Digits, then letters, perhaps with a space between.
std::optional<Amount> ParseAmount(std::string_view text) {
  Amount amount;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount.count);
  if (error != std::errc()) return std::nullopt;
  amount.unit = text.substr(static_cast<size_t>(end - text.data()));
  if (amount.unit.starts_with(' ')) amount.unit.remove_prefix(1);
  return amount;
}

}  // namespace

std::optional<Millis> ParsePreciseDuration(std::string_view text) {
  constexpr uint64_t kMost = 86'400'000;  // a day of milliseconds; who means more writes days
  const std::optional<Amount> amount = ParseAmount(TrimAsciiSpace(text));
  if (amount && (amount->unit == "ms" || amount->unit == "millisecond" || amount->unit == "milliseconds")) {
    if (amount->count > kMost) return std::nullopt;
    return Millis(static_cast<int64_t>(amount->count));
  }
  return rules::ParseDuration(text);
}

std::string SpellPreciseDuration(Millis duration) {
  if (duration.count() % 1000 != 0) return std::to_string(duration.count()) + "ms";
  return ShortDuration(duration);
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
