#include "processor/kafka/bulk_restore.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "processor/base/crash_point.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::kafka {
namespace {

// A step of the scan takes some tens of milliseconds, and the worker's other partitions wait.
constexpr size_t kLeadsAStep = 20'000;

// GatheredLeads allocates its texts in blocks of this size.
constexpr size_t kBlockBytes = 1 << 20;

}  // namespace

void GatheredLeads::Add(std::string_view key, std::optional<std::string_view> value) {
  const std::string_view copy = Copy(key);
  leads_.push_back({copy, value ? std::optional(Copy(*value)) : std::nullopt});
}

std::string_view GatheredLeads::Copy(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > left_) {
    left_ = std::max(kBlockBytes, text.size());
    bytes_ += left_;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    next_ = blocks_.back().get();
  }
  const std::string_view copy(next_, text.size());
  std::memcpy(next_, text.data(), text.size());
  next_ += text.size();
  left_ -= text.size();
  return copy;
}

std::vector<state::IngestedLead>& GatheredLeads::Sorted() {
  std::ranges::stable_sort(leads_, {}, &state::IngestedLead::key);
  size_t count = 0;
  for (size_t i = 0; i < leads_.size(); ++i) {
    const bool last = i + 1 == leads_.size() || leads_[i].key != leads_[i + 1].key;
    if (last) leads_[count++] = leads_[i];
  }
  leads_.resize(count);
  return leads_;
}

BulkRestore::BulkRestore(PartitionId partition, const PartitionWriter& writer, const state::LeadStore* store,
                         size_t max_bytes)
    : partition_(partition), writer_(writer), store_(store), max_bytes_(max_bytes) {}

Result<bool> BulkRestore::Finish() {
  if (!leads_.empty()) return IngestLeads();
  if (ingested_) return MakeTimers();
  done_ = true;
  return true;
}

Result<bool> BulkRestore::IngestLeads() {
  std::vector<state::IngestedLead>& sorted = leads_.Sorted();
  LP_RETURN_IF_ERROR(LeaveOutUnknown(&sorted));
  Result<bool> written = writer_.Ingest(sorted, {});
  if (!written.ok() || !*written) return written;
  CrashPoint("restore_ingested");
  ingested_ = true;
  leads_.Clear();
  return true;
}

Status BulkRestore::LeaveOutUnknown(std::vector<state::IngestedLead>* leads) const {
  Status read;
  std::erase_if(*leads, [&](const state::IngestedLead& lead) {
    if (lead.value || !read.ok()) return false;
    if (!ingested_) return true;
    const auto row = store_->Get(partition_, lead.key);
    if (!row.ok()) read = row.status();
    return row.ok() && !row->has_value();
  });
  return read;
}

Result<bool> BulkRestore::MakeTimers() {
  size_t walked = 0;
  Status readable;
  const std::string after = walked_;
  LP_RETURN_IF_ERROR(store_->VisitLeads(partition_, after, [&](std::string_view key, std::string_view row) {
    readable = AddTimer(key, row);
    const bool goes_on = readable.ok() && ++walked < kLeadsAStep && timer_bytes_ < max_bytes_;
    if (!goes_on) walked_ = key;
    return goes_on;
  }));
  LP_RETURN_IF_ERROR(readable);
  const bool to_the_end = walked_ == after;
  if (timer_bytes_ < max_bytes_ && !to_the_end) return true;
  Result<bool> written = IngestTimers();
  if (written.ok() && *written) done_ = to_the_end;
  return written;
}

Status BulkRestore::AddTimer(std::string_view key, std::string_view row) {
  LP_ASSIGN_OR_RETURN(LeadKey lead, state::ParseLeadKey(key));
  LP_ASSIGN_OR_RETURN(Instant due, state::DecodeNextChangeAt(lead, row));
  if (due == Instant::Never()) return Status::Ok();
  timers_.push_back({due, std::string(key)});
  timer_bytes_ += sizeof(state::DueTimer) + key.size();
  return Status::Ok();
}

Result<bool> BulkRestore::IngestTimers() {
  if (timers_.empty()) return true;
  std::ranges::sort(timers_, {}, [](const state::DueTimer& timer) { return std::tie(timer.due, timer.key); });
  Result<bool> written = writer_.Ingest({}, timers_);
  if (!written.ok() || !*written) return written;
  CrashPoint("restore_timers_ingested");
  timers_ = {};
  timer_bytes_ = 0;
  return true;
}

}  // namespace leadpulse::kafka
