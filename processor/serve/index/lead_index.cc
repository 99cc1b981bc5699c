#include "processor/serve/index/lead_index.h"

namespace leadpulse::serve {
namespace {

// The limit of bytes of written values that wait to be indexed. Further leads are read from the store.
constexpr size_t kMostHeldBytes = 32 << 20;
// Up to this many leads, reading them is faster than waiting until they are indexed.
constexpr size_t kFewToRead = 64;

size_t BytesOf(const state::RowWrite& write) { return sizeof write + (write.value ? write.value->size() : 0); }

}  // namespace

const TenantIndex* IndexedSnapshot::ForTenant(const std::string& tenant, const config::Definitions& definitions) const {
  if (!lock_.owns_lock() || !index_->contents_ || index_->contents_->version != definitions.version) return nullptr;
  return &index_->IndexOf(tenant);
}

const TenantIndex& LeadIndex::IndexOf(std::string_view key) const {
  static const TenantIndex kEmpty;
  const auto found = contents_->tenants.find(TenantOf(key));
  return found == contents_->tenants.end() ? kEmpty : found->second;
}

void LeadIndex::Start(state::LeadStore* store, const Clock* clock) {
  store_ = store;
  clock_ = clock;
  thread_ = std::thread([this] { Run(); });
}

void LeadIndex::Stop() {
  {
    const std::lock_guard lock(commits_mutex_);
    stopping_ = true;
    changed_.notify_all();
    indexed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<IndexedSnapshot>> LeadIndex::Open(state::LeadStore* store) {
  {
    std::unique_lock lock(commits_mutex_);
    WaitUntilIndexed(&lock);
  }
  auto snapshot = std::make_unique<IndexedSnapshot>();
  snapshot->index_ = this;
  snapshot->lock_ = std::shared_lock(contents_mutex_);
  LP_ASSIGN_OR_RETURN(snapshot->rows_, store->Snapshot());
  const std::lock_guard lock(commits_mutex_);
  if (clock_ != nullptr) wanted_at_ = clock_->Monotonic();
  if (!contents_ || overflowed_) {
    snapshot->Release();
    snapshot->indexing_ = Progress(*snapshot->rows_);
    changed_.notify_all();
    return snapshot;
  }
  std::vector<IndexedKey>& uncertain = snapshot->uncertain_;
  for (const PendingLead& lead : taken_) uncertain.push_back(lead.key);
  const std::optional<uint64_t> last_write = snapshot->rows_->LastWrite();
  for (const OpenCommit& commit : commits_) {
    if (commit.before && last_write && *last_write <= *commit.before) continue;
    for (const PendingLead& lead : commit.leads) uncertain.push_back(lead.key);
  }
  std::ranges::sort(uncertain, ComesBefore);
  uncertain.erase(std::unique(uncertain.begin(), uncertain.end(), AreSame), uncertain.end());
  return snapshot;
}

// Waits until the leads are indexed. Indexing a lead takes less than reading it for one query, and is done once for all
// of them.
void LeadIndex::WaitUntilIndexed(std::unique_lock<std::mutex>* lock) {
  if (!foresees_ || EndedLeads() <= kFewToRead) return;
  const uint64_t round = rounds_begun_ + (HasEnded() ? 1 : 0);
  ++waiting_;
  changed_.notify_all();
  indexed_.wait_for(*lock, options_.longest_wait,
                    [this, round] { return stopping_ || !foresees_ || rounds_ended_ >= round; });
  --waiting_;
}

size_t LeadIndex::EndedLeads() const {
  size_t leads = taken_.size();
  for (const OpenCommit& commit : commits_) leads += commit.has_ended ? commit.leads.size() : 0;
  return leads;
}

std::optional<uint32_t> LeadIndex::Progress(const state::LeadReader& rows) const {
  const uint64_t leads = rows.EstimatedRows().value_or(0);
  if (leads <= options_.few_leads) return std::nullopt;
  constexpr uint64_t kAll = 100;
  return static_cast<uint32_t>(std::min(visited_.load() * kAll / leads, kAll - 1));
}

bool LeadIndex::is_ready() const {
  const std::shared_lock lock(contents_mutex_);
  return contents_.has_value();
}

uint64_t LeadIndex::Sum(uint64_t (*of)(const TenantIndex&)) const {
  const std::shared_lock lock(contents_mutex_);
  uint64_t sum = 0;
  if (contents_) {
    for (const auto& [tenant, index] : contents_->tenants) sum += of(index);
  }
  return sum;
}

uint64_t LeadIndex::pending() const {
  const std::lock_guard lock(commits_mutex_);
  return uncertain_;
}

uint64_t LeadIndex::foreseen() const {
  const std::lock_guard lock(commits_mutex_);
  uint64_t leads = 0;
  for (const OpenCommit& commit : commits_) leads += std::ranges::count_if(commit.leads, &PendingLead::is_known);
  return leads;
}

uint64_t LeadIndex::Begun(const state::EpochWrite& write) {
  OpenCommit commit;
  size_t room = 0;
  {
    const std::lock_guard lock(commits_mutex_);
    if (!collects_) {
      commits_.push_back({.number = next_number_});
      return next_number_++;
    }
    overflowed_ = overflowed_ || !write.dropped.empty();
    if (foresees_ && held_bytes_ < kMostHeldBytes) room = kMostHeldBytes - held_bytes_;
  }
  commit.leads.reserve(write.leads.size());
  for (const state::RowWrite& lead : write.leads) {
    commit.leads.push_back({{lead.partition, lead.key}, nullptr});
    if (commit.held_bytes >= room) continue;
    commit.held_bytes += BytesOf(lead);
    commit.writes.push_back(lead);
  }
  return Begin(std::move(commit));
}

uint64_t LeadIndex::BegunIngest(PartitionId /*partition*/) {
  {
    const std::lock_guard lock(commits_mutex_);
    overflowed_ = overflowed_ || collects_;
  }
  return Begin({});
}

uint64_t LeadIndex::Begin(OpenCommit commit) {
  if (store_ != nullptr) commit.before = store_->LastWrite();
  const std::lock_guard lock(commits_mutex_);
  overflowed_ = overflowed_ || uncertain_ + commit.leads.size() > options_.most_uncertain;
  if (overflowed_) commit = {};
  uncertain_ += commit.leads.size();
  held_bytes_ += commit.held_bytes;
  commit.number = next_number_;
  if (!commit.writes.empty()) changed_.notify_all();
  commits_.push_back(std::move(commit));
  return next_number_++;
}

void LeadIndex::Ended(uint64_t number, const Status& written) {
  const std::lock_guard lock(commits_mutex_);
  const auto commit = std::ranges::find(commits_, number, &OpenCommit::number);
  if (commit == commits_.end()) return;
  if (!written.ok()) {
    commit->has_failed = true;
    TakeWrites(&*commit);
    for (PendingLead& lead : commit->leads) lead.known.reset();
  }
  if (commit->leads.empty()) {
    commits_.erase(commit);
  } else {
    commit->has_ended = true;
  }
  changed_.notify_all();
}

}  // namespace leadpulse::serve
