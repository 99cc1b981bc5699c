// Numbers as people write them: with marks between groups of digits, a comma or a point before the decimals, a currency
// or a percent sign. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/number.h"

namespace leadpulse::importing {

// Which mark comes before the decimals. Spaces and apostrophes may separate groups in both forms.
enum class NumberForm : uint8_t {
  kPoint,  // `1,234.5`
  kComma,  // `1.234,5`
};

// Reads the name of a form, which is a number in it: `1,234.5`, `1.234,5`.
std::optional<NumberForm> NumberFormFromName(std::string_view name);
std::string_view NumberFormName(NumberForm form);

struct WrittenNumber {
  Number number;
  std::string unit;  // `EUR`, `$`, `%`; a sign that is of one currency only is its code; empty: none
};

// Reads `-1.234,50 €`, `EUR 1 234.5`, `(12)` (a negative amount), `12 %` (12). nullopt: it is no number in that form.
// Groups have three digits, or two as in India (`12,34,567`), and the first one does not begin with 0.
std::optional<WrittenNumber> ReadWrittenNumber(std::string_view cell, NumberForm form);

// Returns the digits of the lower end of a range of whole numbers: `5-25`, `1,001 – 5,000`, `25 to 50`, `1000+`, `>
// 1000`. nullopt if the cell is no range.
std::optional<std::string> LowerEndOfRange(std::string_view cell);

}  // namespace leadpulse::importing
