#include "state/entry_marks.h"

#include <bit>

namespace leadpulse::state {

void EntryMarks::Resize(size_t entries) {
  size_ = entries;
  words_.resize((entries + kBits - 1) / kBits * rows_, 0);
}

void EntryMarks::Truncate(size_t entries) {
  if (entries >= size_) return;
  size_ = entries;
  words_.resize((entries + kBits - 1) / kBits * rows_);
  if (entries % kBits == 0) return;
  for (size_t row = 0; row < rows_; ++row) words_[words_.size() - rows_ + row] &= (uint64_t{1} << entries % kBits) - 1;
}

uint64_t EntryMarks::Within(size_t row, size_t word, size_t begin, size_t end) const {
  const size_t first = word * kBits;
  uint64_t marks = words_[word * rows_ + row];
  if (begin > first) marks &= ~uint64_t{0} << (begin - first);
  if (end < first + kBits) marks &= (uint64_t{1} << (end - first)) - 1;
  return marks;
}

size_t EntryMarks::Count(size_t row, size_t begin, size_t end) const {
  size_t count = 0;
  for (size_t word = begin / kBits; word * kBits < end; ++word) {
    count += static_cast<size_t>(std::popcount(Within(row, word, begin, end)));
  }
  return count;
}

std::optional<size_t> EntryMarks::First(size_t row, size_t begin, size_t end) const {
  for (size_t word = begin / kBits; word * kBits < end; ++word) {
    const uint64_t marks = Within(row, word, begin, end);
    if (marks != 0) return word * kBits + static_cast<size_t>(std::countr_zero(marks));
  }
  return std::nullopt;
}

std::optional<size_t> EntryMarks::Last(size_t row, size_t begin, size_t end) const {
  for (size_t words = (end + kBits - 1) / kBits; words * kBits > begin; --words) {
    const uint64_t marks = Within(row, words - 1, begin, end);
    if (marks != 0) return words * kBits - 1 - static_cast<size_t>(std::countl_zero(marks));
  }
  return std::nullopt;
}

}  // namespace leadpulse::state
