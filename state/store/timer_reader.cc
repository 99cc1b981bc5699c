#include "state/store/timer_reader.h"

#include <algorithm>
#include <iterator>

namespace leadpulse::state {
namespace {

// Returns the next millisecond, also for DistantPast.
Instant After(Instant t) { return {t.millis + 1}; }

}  // namespace

Status TimerReader::Read(Instant from, Instant until, size_t limit, const Skip& skip, std::vector<DueTimer>* due) {
  until = std::min(until, kLastTimer);
  Instant start = from < gap_from_ ? from : std::max(from, gap_to_);
  if (start < ahead_from_ || start > next_) {
    Forget();
    ahead_from_ = next_ = start;
  }
  size_t wanted = due->size() + limit;
  for (size_t at = first_; start <= until && due->size() < wanted;) {
    if (at == ahead_.size()) {
      if (next_ > until) break;
      LP_RETURN_IF_ERROR(ReadAhead(until, limit));
      continue;
    }
    const DueTimer& timer = ahead_[at];
    if (timer.due > until) break;
    if (skip(timer.key)) {
      if (at == first_) ++first_;
    } else if (timer.due >= start) {
      due->push_back(timer);
    }
    ++at;
  }
  return Status::Ok();
}

// Reads more timers. The port continues from an instant, not from a key, so the timers at next_ are read again. Each
// read is at least as large as all before it, so at worst everything is read twice.
Status TimerReader::ReadAhead(Instant until, size_t limit) {
  auto is_known = [this](const DueTimer& timer) { return timer.due == next_; };
  auto known = std::find_if_not(ahead_.rbegin(), ahead_.rend(), is_known) - ahead_.rbegin();
  size_t count = static_cast<size_t>(known) + std::max(limit, ahead_.size());
  LP_ASSIGN_OR_RETURN(std::vector<DueTimer> read, store_->DueTimers(partition_, next_, until, count));
  const bool is_first = ahead_.empty();
  if (is_first && read.empty()) return FindNext(After(until));
  if (is_first) NoneBefore(read.front().due);
  next_ = read.size() < count ? After(until) : read.back().due;
  ahead_.insert(ahead_.end(), std::make_move_iterator(read.begin() + known), std::make_move_iterator(read.end()));
  return Status::Ok();
}

// Finds the next timer. One read serves all later calls until that timer.
Status TimerReader::FindNext(Instant from) {
  LP_ASSIGN_OR_RETURN(std::vector<DueTimer> read, store_->DueTimers(partition_, from, kLastTimer, 1));
  next_ = read.empty() ? Instant::Never() : read.front().due;
  NoneBefore(next_);
  return Status::Ok();
}

// Notes that no timer is due from ahead_from_ until `first`.
void TimerReader::NoneBefore(Instant first) {
  bool apart = ahead_from_ < gap_from_ || ahead_from_ > gap_to_;
  if (apart) gap_from_ = ahead_from_;
  gap_to_ = first;
}

void TimerReader::StoreWritten(Instant earliest) {
  gap_to_ = std::min(gap_to_, earliest);  // if that is before gap_from_, there is no gap
  Forget();
}

void TimerReader::Forget() {
  ahead_ = {};
  first_ = 0;
  ahead_from_ = next_ = Instant::Never();
}

}  // namespace leadpulse::state
