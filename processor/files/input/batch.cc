#include "processor/files/input/batch.h"

namespace leadpulse::input {

std::vector<BatchMark> Batch::ProgressAfter(size_t end) const {
  std::vector<BatchMark> marks;
  for (const BatchMark& mark : progress) {
    if (mark.records <= end) marks.push_back(mark);
  }
  if (end == 0) return marks;
  BatchMark last = LastMark(records[end - 1].input, end);
  if (last.records == end) return marks;
  // All records since the mark are of this input: it has a mark where another one goes on.
  (last.before ? last.progress.before[*last.before] : last.progress).applied += end - last.records;
  last.records = end;
  marks.push_back(std::move(last));
  return marks;
}

BatchMark Batch::LastMark(uint32_t input, size_t end) const {
  const BatchMark* last = nullptr;
  // Of two marks at one place, that of the file which is read next.
  for (const auto* marks : {&progress, &starts}) {
    for (const BatchMark& mark : *marks) {
      if (mark.input != input || mark.records > end) continue;
      if (last == nullptr || mark.records >= last->records) last = &mark;
    }
  }
  LP_ASSERT(last != nullptr);
  return *last;
}

}  // namespace leadpulse::input
