#include "processor/embedded/background_commit.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "processor/base/assert.h"
#include "state/row_form.h"

namespace leadpulse::embedded {
namespace {

using Place = std::pair<PartitionId, std::string_view>;

Place PlaceOf(const state::LeadWrite& lead) { return {lead.partition, lead.key}; }

bool Before(const state::LeadWrite& a, const state::LeadWrite& b) { return PlaceOf(a) < PlaceOf(b); }

// To the row before the commit or after it: which of them was read nobody knows.
void Append(const state::LeadWrite& written, std::optional<std::string>* row) {
  if (!*row) row->emplace();
  state::AppendToRow(*written.value, &**row);
}

}  // namespace

BackgroundCommit::~BackgroundCommit() {
  if (thread_.joinable()) thread_.join();
}

void BackgroundCommit::Begin(state::EpochWrite write, CommitWrite commit) {
  LP_ASSERT(settled() && outcome_.ok() && write.dropped.empty());
  write_ = std::move(write);
  thread_ = std::thread([this, commit = std::move(commit)] {
    // What was looked up meanwhile is worth something only then; here it costs the run no time.
    LP_ASSERT(std::is_sorted(write_.leads.begin(), write_.leads.end(), Before));
    outcome_ = commit(store_, write_);
    done_ = true;
  });
  if (!write_.erasures.empty()) thread_.join();
}

Status BackgroundCommit::Settle() {
  if (thread_.joinable()) thread_.join();
  done_ = false;
  write_ = {};
  return outcome_;
}

const state::LeadWrite* BackgroundCommit::Written(PartitionId partition, std::string_view key) const {
  const Place place(partition, key);
  const auto found = std::lower_bound(write_.leads.begin(), write_.leads.end(), place,
                                      [](const state::LeadWrite& lead, const Place& p) { return PlaceOf(lead) < p; });
  return found != write_.leads.end() && PlaceOf(*found) == place ? &*found : nullptr;
}

Result<std::optional<std::string>> BackgroundCommit::Get(PartitionId partition, std::string_view key) const {
  const state::LeadWrite* written = Written(partition, key);
  if (written != nullptr && !written->appended) return written->value;
  Result<std::optional<std::string>> row = store_->Get(partition, key);
  if (row.ok() && written != nullptr) Append(*written, &*row);
  return row;
}

Result<std::vector<std::optional<std::string>>> BackgroundCommit::MultiGet(PartitionId partition,
                                                                           std::span<const state::EncodedLeadKey> keys,
                                                                           size_t max_bytes) const {
  if (write_.leads.empty()) return store_->MultiGet(partition, keys, max_bytes);
  std::vector<std::optional<std::string>> values(keys.size());
  std::vector<state::EncodedLeadKey> others;
  std::vector<size_t> places;  // of the others among the keys
  for (size_t i = 0; i < keys.size(); ++i) {
    const state::LeadWrite* written = Written(partition, keys[i]);
    if (written != nullptr && !written->appended) {
      values[i] = written->value;
    } else {
      others.push_back(keys[i]);
      places.push_back(i);
    }
  }
  if (others.empty()) return values;
  auto found = store_->MultiGet(partition, others, max_bytes);
  if (!found.ok()) return found.status();
  if (found->size() < places.size()) values.resize(places[found->size()]);
  for (size_t i = 0; i < found->size(); ++i) {
    values[places[i]] = std::move((*found)[i]);
    const state::LeadWrite* written = Written(partition, others[i]);
    if (written != nullptr) Append(*written, &values[places[i]]);
  }
  return values;
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

Result<std::optional<std::string>> BackgroundCommit::GetMeta(std::string_view name) const {
  LP_ASSERT(settled());
  return store_->GetMeta(name);
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

}  // namespace leadpulse::embedded
