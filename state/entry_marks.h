// Which entries of a long journal an evaluator found to count, one bit an entry in each of several rows: it need not
// look at them again while entries come at the end. Kept by Journal, which forgets those behind an entry that comes
// late, and all where one is taken back or goes.
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace leadpulse::state {

class EntryMarks {
 public:
  // Of no entries. `meaning` tells them from marks of other rows; 0 is that of nothing.
  void Begin(size_t rows, uint64_t meaning) {
    rows_ = rows;
    meaning_ = meaning;
    size_ = 0;
    words_.clear();
  }
  void Forget() { Begin(0, 0); }

  uint64_t meaning() const { return meaning_; }
  // How many entries have been looked at.
  size_t size() const { return size_; }

  // So many, not fewer than before; new ones are in no row.
  void Resize(size_t entries);
  // Those from there on have not been looked at.
  void Truncate(size_t entries);
  void Mark(size_t row, size_t entry) { words_[entry / kBits * rows_ + row] |= uint64_t{1} << entry % kBits; }

  // Of [begin, end), which have been looked at, here and below.
  size_t Count(size_t row, size_t begin, size_t end) const;
  std::optional<size_t> First(size_t row, size_t begin, size_t end) const;
  std::optional<size_t> Last(size_t row, size_t begin, size_t end) const;

  // Of memory held.
  size_t MemoryBytes() const { return words_.capacity() * sizeof(uint64_t); }

 private:
  static constexpr size_t kBits = 64;

  // The word's entries from `begin` to before `end`.
  uint64_t Within(size_t row, size_t word, size_t begin, size_t end) const;

  size_t rows_ = 0;
  uint64_t meaning_ = 0;
  size_t size_ = 0;
  std::vector<uint64_t> words_;  // all rows of the first 64 entries, then of the next
};

}  // namespace leadpulse::state
