#include "processor/serve/queries/recent_erasures.h"

#include <utility>

#include "state/codec/lead_codec.h"

namespace leadpulse::serve {

ErasuresPage RecentErasures::Read(std::string_view tenant, std::optional<uint64_t> after) const {
  const std::lock_guard lock(mutex_);
  const uint64_t before_first = end_ - erased_.size();
  ErasuresPage page;
  page.next = end_;
  page.reset = !after || *after < before_first || *after > end_;
  if (page.reset) return page;
  for (page.next = *after; page.next < end_ && page.leads.size() < kMostOfPage; ++page.next) {
    const LeadKey& key = erased_[page.next - before_first];
    if (key.tenant == tenant) page.leads.push_back(key.lead);
  }
  return page;
}

uint64_t RecentErasures::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

uint64_t RecentErasures::Begun(const state::EpochWrite& write) {
  std::vector<LeadKey> keys;
  for (const state::RowWrite& row : write.leads) {
    if (!row.value || row.new_life) keys.push_back(DecodeLeadKey(row.key));
  }
  if (keys.empty()) return 0;
  const std::lock_guard lock(mutex_);
  open_.emplace(++last_write_, std::move(keys));
  return last_write_;
}

uint64_t RecentErasures::BegunIngest(PartitionId /*partition*/) {
  const std::lock_guard lock(mutex_);
  open_.emplace(++last_write_, std::vector<LeadKey>());
  return last_write_;
}

void RecentErasures::Ended(uint64_t number, const Status& /*written*/) {
  if (number == 0) return;
  const std::lock_guard lock(mutex_);
  const std::vector<LeadKey> keys = std::move(open_.extract(number).mapped());
  if (keys.empty()) {
    erased_.clear();
    ++end_;  // no position before it is known any more
    return;
  }
  for (const LeadKey& key : keys) {
    erased_.push_back(key);
    ++end_;
    if (erased_.size() > kMost) erased_.pop_front();
  }
}

}  // namespace leadpulse::serve
