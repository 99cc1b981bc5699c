#include "processor/files/background_commit.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::files {
namespace {

using RowId = std::pair<PartitionId, std::string_view>;

RowId IdOf(const state::RowWrite& lead) { return {lead.partition, lead.key}; }

bool Before(const state::RowWrite& a, const state::RowWrite& b) { return IdOf(a) < IdOf(b); }

}  // namespace

BackgroundCommit::~BackgroundCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void BackgroundCommit::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || commit_ != nullptr; });
    if (commit_ == nullptr) return;
    CommitWrite commit = std::exchange(commit_, nullptr);
    lock.unlock();
    // Look-ups need this order. The check on this thread costs the run no time.
    LP_ASSERT(std::is_sorted(write_.leads.begin(), write_.leads.end(), Before));
    Status outcome = commit(store_, write_);
    commit = nullptr;  // frees what it holds before the owner goes on
    lock.lock();
    outcome_ = std::move(outcome);
    is_done_ = true;
    changed_.notify_one();
  }
}

void BackgroundCommit::Begin(state::EpochWrite write, CommitWrite commit) {
  LP_ASSERT(settled() && outcome_.ok() && write.dropped.empty());
  write_ = std::move(write);
  is_begun_ = true;
  {
    const std::lock_guard lock(mutex_);
    commit_ = std::move(commit);
    changed_.notify_one();
  }
  if (!write_.erasures.empty()) Await();
}

void BackgroundCommit::Await() {
  if (!is_begun_) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_done_.load(); });
}

Status BackgroundCommit::Settle() {
  Await();
  is_begun_ = false;
  is_done_ = false;
  write_ = {};
  return outcome_;
}

std::optional<state::UnwrittenRow> BackgroundCommit::Look(PartitionId partition, std::string_view key) const {
  const RowId id(partition, key);
  const auto found =
      std::lower_bound(write_.leads.begin(), write_.leads.end(), id,
                       [](const state::RowWrite& lead, const RowId& wanted) { return IdOf(lead) < wanted; });
  if (found == write_.leads.end() || IdOf(*found) != id) return std::nullopt;
  return state::UnwrittenRow{found->value, found->appended};
}

Result<std::optional<std::string>> BackgroundCommit::Get(PartitionId partition, std::string_view key) const {
  return state::ReadRow(*store_, partition, key, Look(partition, key));
}

Result<std::vector<std::optional<std::string>>> BackgroundCommit::MultiGet(PartitionId partition,
                                                                           std::span<const state::EncodedLeadKey> keys,
                                                                           size_t max_bytes) const {
  if (write_.leads.empty()) return store_->MultiGet(partition, keys, max_bytes);
  std::vector<std::optional<state::UnwrittenRow>> unwritten;
  unwritten.reserve(keys.size());
  for (const state::EncodedLeadKey& key : keys) unwritten.push_back(Look(partition, key));
  return state::ReadRows(*store_, partition, keys, max_bytes, std::move(unwritten));
}

Result<std::vector<state::DueTimer>> BackgroundCommit::DueTimers(PartitionId partition, Instant from, Instant until,
                                                                 size_t limit) const {
  LP_ASSERT(settled());
  return store_->DueTimers(partition, from, until, limit);
}

Status BackgroundCommit::VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const {
  LP_ASSERT(settled());
  return store_->VisitLeads(partition, after, visit);
}

Result<std::optional<std::string>> BackgroundCommit::GetDayCounts(PartitionId partition, std::string_view key) const {
  LP_ASSERT(settled());
  return store_->GetDayCounts(partition, key);
}

Status BackgroundCommit::VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const {
  LP_ASSERT(settled());
  return store_->VisitDayCounts(partition, visit);
}

Result<std::optional<std::string>> BackgroundCommit::GetMeta(std::string_view name) const {
  LP_ASSERT(settled());
  return store_->GetMeta(name);
}

Result<std::unique_ptr<const state::LeadReader>> BackgroundCommit::Snapshot() {
  LP_RETURN_IF_ERROR(Settle());
  return store_->Snapshot();
}

Status BackgroundCommit::Commit(const state::EpochWrite& write) {
  LP_RETURN_IF_ERROR(Settle());
  return store_->Commit(write);
}

Status BackgroundCommit::Ingest(PartitionId partition, std::span<const state::IngestedLead> leads,
                                std::span<const state::DueTimer> timers) {
  LP_RETURN_IF_ERROR(Settle());
  return store_->Ingest(partition, leads, timers);
}

}  // namespace leadpulse::files
