#include "processor/base/nearest.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <vector>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

// The code points of the folded text; a byte that is not UTF-8 stands for itself.
std::u32string FoldedCodePoints(std::string_view text) {
  const std::string folded = FoldCase(text);
  const auto* bytes = reinterpret_cast<const uint8_t*>(folded.data());
  std::u32string points;
  for (size_t i = 0; i < folded.size();) {
    const size_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, folded.size(), c);
    points.push_back(static_cast<char32_t>(c < 0 ? bytes[start] : c));
  }
  return points;
}

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
size_t EditDistance(std::u32string_view a, std::u32string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

size_t Difference(size_t a, size_t b) { return a < b ? b - a : a - b; }

}  // namespace

std::optional<std::string> NearestName(std::string_view name, std::span<const std::string> candidates) {
  const std::u32string wanted = FoldedCodePoints(name);
  if (wanted.empty()) return std::nullopt;
  size_t bound = std::max<size_t>(1, wanted.size() / 3) + 1;  // only what is below it is near
  const std::string* nearest = nullptr;
  for (const std::string& candidate : candidates) {
    const std::u32string known = FoldedCodePoints(candidate);
    if (Difference(wanted.size(), known.size()) >= bound) continue;
    const size_t distance = EditDistance(wanted, known);
    if (distance < bound) {
      bound = distance;
      nearest = &candidate;
    }
  }
  if (nearest == nullptr) return std::nullopt;
  return *nearest;
}

}  // namespace leadpulse
