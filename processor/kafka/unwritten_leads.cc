#include "processor/kafka/unwritten_leads.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::kafka {
namespace {

constexpr size_t kEntryBytes = 96;  // besides the key
// Entries of leads that are noted no longer, besides as many as there are others: a lead may be created and erased
// again and again.
constexpr size_t kMostForgotten = 1024;

}  // namespace

void UnwrittenLeads::Note(std::string_view key, int64_t offset, Time at) {
  if (keys_.contains(key)) return;
  LP_ASSERT(queue_.empty() || queue_.back().offset <= offset);
  queue_.push_back({state::EncodedLeadKey(key), offset, at});
  keys_.insert(queue_.back().key);
  bytes_ += kEntryBytes + key.size();
}

void UnwrittenLeads::Forget(std::string_view key) {
  keys_.erase(key);
  if (queue_.size() > 2 * keys_.size() + kMostForgotten) Compact();
}

void UnwrittenLeads::Compact() {
  std::deque<Entry> kept;
  std::ranges::copy_if(queue_, std::back_inserter(kept), [this](const Entry& entry) { return IsNoted(entry); });
  keys_.clear();
  bytes_ = 0;
  queue_ = std::move(kept);
  for (const Entry& entry : queue_) {
    keys_.insert(entry.key);
    bytes_ += kEntryBytes + entry.key.size();
  }
}

void UnwrittenLeads::BeginAt(Time now) {
  for (Entry& entry : queue_) entry.at = now;
}

void UnwrittenLeads::PopFront() {
  bytes_ -= kEntryBytes + queue_.front().key.size();
  queue_.pop_front();
}

bool UnwrittenLeads::AnySince(Time until) {
  Tidy();
  return !queue_.empty() && queue_.front().at <= until;
}

std::vector<state::EncodedLeadKey> UnwrittenLeads::Oldest(Time until, size_t most) {
  std::vector<state::EncodedLeadKey> oldest;
  for (auto entry = queue_.begin(); entry != queue_.end() && entry->at <= until && oldest.size() < most; ++entry) {
    if (IsNoted(*entry)) oldest.push_back(entry->key);
  }
  return oldest;
}

void UnwrittenLeads::TakeOldest(size_t count) {
  for (; count > 0; --count) {
    Tidy();
    LP_ASSERT(!queue_.empty());
    keys_.erase(queue_.front().key);
    PopFront();
  }
}

int64_t UnwrittenLeads::DeltasFrom(int64_t end) {
  Tidy();
  return queue_.empty() ? end : queue_.front().offset;
}

}  // namespace leadpulse::kafka
