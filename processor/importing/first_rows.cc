#include "processor/importing/first_rows.h"

#include <utility>

namespace leadpulse::importing {

void FirstRows::Read(csv::CsvReader* file) {
  while (rows_.size() < kMostRows && text_.size() + ends_.size() * sizeof(ends_.front()) < kMostBytes) {
    const Result<const csv::Row*> row = file->Next();
    if (!row.ok()) failure_ = row.status();
    are_all_ = !row.ok() || *row == nullptr;
    if (are_all_) return;
    rows_.push_back({(*row)->line, (*row)->problem, text_.size(), ends_.size()});
    size_t end = 0;
    for (const std::string_view cell : (*row)->cells) {
      text_ += cell;
      ends_.push_back(static_cast<uint32_t>(end += cell.size()));
    }
  }
}

csv::Row FirstRows::At(size_t row) const {
  const Stored& stored = rows_[row];
  csv::Row made{stored.line, {}, stored.problem};
  const std::string_view text = std::string_view(text_).substr(stored.text);
  const size_t last = row + 1 < rows_.size() ? rows_[row + 1].cells : ends_.size();
  size_t start = 0;
  for (size_t cell = stored.cells; cell < last; ++cell) {
    made.cells.push_back(text.substr(start, ends_[cell] - start));
    start = ends_[cell];
  }
  return made;
}

Result<const csv::Row*> FirstRows::Take(csv::CsvReader* file) {
  if (next_ < rows_.size()) {
    current_ = At(next_++);
    return &current_;
  }
  if (!failure_.ok()) return failure_;
  if (are_all_) return nullptr;
  if (!text_.empty()) {
    // They are not needed any more.
    text_ = std::string();
    ends_ = std::vector<uint32_t>();
  }
  return file->Next();
}

}  // namespace leadpulse::importing
