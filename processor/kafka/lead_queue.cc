#include "processor/kafka/lead_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::kafka {
namespace {

// Besides the key.
constexpr size_t kEntryBytes = 104;
// Entries that do not wait any more, besides as many as there are others: a lead may be created and erased again and
// again.
constexpr size_t kMostRemoved = 1024;

}  // namespace

void LeadQueue::Add(std::string_view key, int64_t offset, Time at) {
  waiting_.lazy_emplace(key, [&](const auto& insert) {
    LP_ASSERT(queue_.empty() || queue_.back().offset <= offset);
    Entry& entry = queue_.emplace_back(Entry{state::EncodedLeadKey(key), offset, at});
    insert(entry.key, &entry);
    bytes_ += kEntryBytes + key.size();
  });
}

bool LeadQueue::Remove(std::string_view key) {
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) return false;
  found->second->waits = false;
  waiting_.erase(found);
  while (!queue_.empty() && !queue_.front().waits) PopFront();
  if (queue_.size() > 2 * waiting_.size() + kMostRemoved) Compact();
  return true;
}

void LeadQueue::PopFront() {
  bytes_ -= kEntryBytes + queue_.front().key.size();
  queue_.pop_front();
}

void LeadQueue::Compact() {
  std::deque<Entry> kept;
  std::ranges::copy_if(queue_, std::back_inserter(kept), &Entry::waits);
  waiting_.clear();
  queue_ = std::move(kept);
  bytes_ = 0;
  for (Entry& entry : queue_) {
    waiting_.emplace(entry.key, &entry);
    bytes_ += kEntryBytes + entry.key.size();
  }
}

void LeadQueue::BeginAt(Time now) {
  for (Entry& entry : queue_) entry.at = now;
}

std::vector<state::EncodedLeadKey> LeadQueue::Oldest(Time until, size_t most) const {
  std::vector<state::EncodedLeadKey> oldest;
  for (auto entry = queue_.begin(); entry != queue_.end() && entry->at <= until && oldest.size() < most; ++entry) {
    if (entry->waits) oldest.push_back(entry->key);
  }
  return oldest;
}

}  // namespace leadpulse::kafka
