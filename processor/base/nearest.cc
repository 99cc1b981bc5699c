#include "processor/base/nearest.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <vector>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

// The greatest distance, for long names. A greater one means another name, and takes longer to compute.
constexpr size_t kMaxDistance = 8;

// Sets `points` to the code points of the folded text; an invalid byte counts as a code point.
void FoldInto(std::string_view text, std::u32string* points) {
  points->clear();
  for (size_t i = 0; i < text.size() && static_cast<unsigned char>(text[i]) < 0x80; ++i) {
    const char c = text[i];
    points->push_back(static_cast<char32_t>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
  }
  if (points->size() == text.size()) return;
  const std::string folded = FoldCase(text.substr(points->size()));
  const auto* bytes = reinterpret_cast<const uint8_t*>(folded.data());
  for (size_t i = 0; i < folded.size();) {
    const size_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, folded.size(), c);
    points->push_back(static_cast<char32_t>(c < 0 ? bytes[start] : c));
  }
}

// The edit distance of two strings: the number of insertions, deletions, replacements and swaps of neighbours (optimal
// string alignment), at most `bound`. Only cells around the diagonal can be below it. Reuses its rows.
class EditDistance {
 public:
  size_t operator()(std::u32string_view a, std::u32string_view b, size_t bound) {
    RemoveCommonEnds(&a, &b);
    last_.assign(b.size() + 1, bound);
    row_.assign(b.size() + 1, bound);
    before_last_.assign(b.size() + 1, bound);
    for (size_t j = 0; j <= std::min(b.size(), bound); ++j) row_[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
      std::swap(before_last_, last_);
      std::swap(last_, row_);
      if (FillRow(a, b, i, bound) >= bound) return bound;
    }
    return std::min(row_[b.size()], bound);
  }

 private:
  // Returns the minimum of the row and the one before it, because a swap refers to two rows back.
  size_t FillRow(std::u32string_view a, std::u32string_view b, size_t i, size_t bound) {
    const size_t first = i > bound ? i - bound : 0;
    const size_t end = std::min(b.size(), i + bound);
    size_t smallest = bound;
    for (size_t j = first; j <= end; ++j) {
      // The previous row ends one cell further left, and this row's left neighbour may be from an older row.
      const size_t above = j < i + bound ? last_[j] : bound;
      size_t cell = above + 1;
      if (j == 0) {
        cell = i;
      } else {
        const size_t left = j > first ? row_[j - 1] : bound;
        cell = std::min({cell, left + 1, last_[j - 1] + (a[i - 1] != b[j - 1])});
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
          cell = std::min(cell, before_last_[j - 2] + 1);
        }
      }
      row_[j] = cell;
      smallest = std::min({smallest, cell, above});
    }
    return smallest;
  }

  static void RemoveCommonEnds(std::u32string_view* a, std::u32string_view* b) {
    const size_t start =
        static_cast<size_t>(std::mismatch(a->begin(), a->end(), b->begin(), b->end()).first - a->begin());
    a->remove_prefix(start);
    b->remove_prefix(start);
    const size_t end =
        static_cast<size_t>(std::mismatch(a->rbegin(), a->rend(), b->rbegin(), b->rend()).first - a->rbegin());
    a->remove_suffix(end);
    b->remove_suffix(end);
  }

  std::vector<size_t> before_last_, last_, row_;
};

size_t Difference(size_t a, size_t b) { return a < b ? b - a : a - b; }

}  // namespace

std::optional<std::string> NearestName(std::string_view name, std::span<const std::string> candidates) {
  std::u32string wanted, known;
  FoldInto(name, &wanted);
  if (wanted.empty()) return std::nullopt;
  size_t bound = std::min(std::max<size_t>(1, wanted.size() / 3), kMaxDistance) + 1;  // only a smaller distance is near
  EditDistance edit_distance;
  const std::string* nearest = nullptr;
  for (const std::string& candidate : candidates) {
    // A code point is one to four bytes.
    if (candidate.size() + bound <= wanted.size() || candidate.size() / 4 >= wanted.size() + bound) continue;
    FoldInto(candidate, &known);
    if (Difference(wanted.size(), known.size()) >= bound) continue;
    const size_t distance = edit_distance(wanted, known, bound);
    if (distance < bound) {
      bound = distance;
      nearest = &candidate;
    }
  }
  if (nearest == nullptr) return std::nullopt;
  return *nearest;
}

}  // namespace leadpulse
