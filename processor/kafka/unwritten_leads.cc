#include "processor/kafka/unwritten_leads.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::kafka {
namespace {

// Besides the key.
constexpr size_t kEntryBytes = 112;
constexpr size_t kProfileBytes = 48;
// Entries of leads that are noted no longer, besides as many as there are others: a lead may be created and erased
// again and again.
constexpr size_t kMostForgotten = 1024;

}  // namespace

void UnwrittenLeads::Note(std::string_view key, int64_t offset, Time at, ProfileWanted profile) {
  auto found = leads_.find(key);
  if (found == leads_.end()) {
    LP_ASSERT(queue_.empty() || queue_.back().offset <= offset);
    queue_.push_back({state::EncodedLeadKey(key), offset, at});
    bytes_ += kEntryBytes + key.size();
    found = leads_.emplace(queue_.back().key, &queue_.back()).first;
  }
  Entry& entry = *found->second;
  if (profile <= entry.profile) return;
  entry.profile = profile;
  if (profile != ProfileWanted::kSoon) return;
  entry.soon_at = at;
  profiles_.push_back({entry.key, at});
  bytes_ += kProfileBytes + key.size();
}

void UnwrittenLeads::Forget(std::string_view key) {
  leads_.erase(key);
  if (std::max(queue_.size(), profiles_.size()) > 2 * leads_.size() + kMostForgotten) Compact();
}

void UnwrittenLeads::Compact() {
  // First, while leads_ refers to the entries.
  std::erase_if(profiles_, [this](const ProfileEntry& entry) { return !IsWanted(entry); });
  std::deque<Entry> kept;
  std::ranges::copy_if(queue_, std::back_inserter(kept), [this](const Entry& entry) { return IsNoted(entry); });
  leads_.clear();
  queue_ = std::move(kept);
  bytes_ = 0;
  for (Entry& entry : queue_) {
    leads_.emplace(entry.key, &entry);
    bytes_ += kEntryBytes + entry.key.size();
  }
  for (const ProfileEntry& entry : profiles_) bytes_ += kProfileBytes + entry.key.size();
}

void UnwrittenLeads::BeginAt(Time now) {
  for (Entry& entry : queue_) entry.at = entry.soon_at = now;
  for (ProfileEntry& entry : profiles_) entry.at = now;
}

void UnwrittenLeads::PopFront() {
  bytes_ -= kEntryBytes + queue_.front().key.size();
  queue_.pop_front();
}

void UnwrittenLeads::PopProfile() {
  bytes_ -= kProfileBytes + profiles_.front().key.size();
  profiles_.pop_front();
}

void UnwrittenLeads::Tidy() {
  while (!queue_.empty() && !IsNoted(queue_.front())) PopFront();
}

void UnwrittenLeads::TidyProfiles() {
  while (!profiles_.empty() && !IsWanted(profiles_.front())) PopProfile();
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
    leads_.erase(queue_.front().key);
    PopFront();
  }
}

bool UnwrittenLeads::AnyProfileSince(Time until) {
  TidyProfiles();
  return !profiles_.empty() && profiles_.front().at <= until;
}

std::vector<state::EncodedLeadKey> UnwrittenLeads::OldestProfiles(Time until, size_t most) {
  TidyProfiles();
  std::vector<state::EncodedLeadKey> oldest;
  for (auto entry = profiles_.begin(); entry != profiles_.end() && entry->at <= until && oldest.size() < most;
       ++entry) {
    if (IsWanted(*entry)) oldest.push_back(entry->key);
  }
  return oldest;
}

bool UnwrittenLeads::TakeProfile(std::string_view key) {
  const auto found = leads_.find(key);
  if (found == leads_.end()) return false;
  return std::exchange(found->second->profile, ProfileWanted::kNo) != ProfileWanted::kNo;
}

int64_t UnwrittenLeads::DeltasFrom(int64_t end) {
  Tidy();
  return queue_.empty() ? end : queue_.front().offset;
}

}  // namespace leadpulse::kafka
