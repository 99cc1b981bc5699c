#include "processor/serve/index/lead_index.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/base/worker_pool.h"
#include "processor/files/lead_scan.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

constexpr int kNiceness = 5;  // as that of queries, which read what it has not read yet
constexpr std::chrono::seconds kBeforeNextTry{5};
constexpr std::chrono::seconds kBetweenLooks{1};  // whether it is still wanted
constexpr size_t kReadAtOnce = 256;
// A larger commit ends before its leads could be foreseen.
constexpr size_t kMostForeseen = 4'096;

// The tenant of an encoded key.
std::string TenantOf(std::string_view key) { return std::string(key.substr(0, key.find('\0'))); }

bool ComesBefore(const IndexedKey& a, const IndexedKey& b) {
  return a.partition != b.partition ? a.partition < b.partition : a.key < b.key;
}

bool AreSame(const IndexedKey& a, const IndexedKey& b) { return a.partition == b.partition && a.key == b.key; }

}  // namespace

const TenantIndex* IndexedSnapshot::ForTenant(const std::string& tenant, const config::Definitions& definitions) const {
  if (!lock_.owns_lock() || !index_->contents_ || index_->contents_->version != definitions.version) return nullptr;
  return &index_->IndexOf(tenant);
}

const TenantIndex& LeadIndex::IndexOf(const std::string& tenant) const {
  static const TenantIndex kEmpty;
  const auto found = contents_->tenants.find(tenant);
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
  }
  if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<IndexedSnapshot>> LeadIndex::Open(state::LeadStore* store) {
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
  for (const Batch& batch : batches_) {
    if (batch.before && last_write && *last_write <= *batch.before) continue;
    for (const PendingLead& lead : batch.leads) uncertain.push_back(lead.key);
  }
  std::ranges::sort(uncertain, ComesBefore);
  uncertain.erase(std::unique(uncertain.begin(), uncertain.end(), AreSame), uncertain.end());
  return snapshot;
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
  for (const Batch& batch : batches_) leads += std::ranges::count_if(batch.leads, &PendingLead::is_known);
  return leads;
}

uint64_t LeadIndex::Begun(const state::EpochWrite& write) {
  Batch batch;
  bool foresees = false;
  {
    const std::lock_guard lock(commits_mutex_);
    if (!collects_) {
      batches_.push_back({.number = next_number_});
      return next_number_++;
    }
    overflowed_ = overflowed_ || !write.dropped.empty();
    foresees = foresees_ && write.leads.size() <= kMostForeseen;
  }
  batch.leads.reserve(write.leads.size());
  for (const state::LeadWrite& lead : write.leads) batch.leads.push_back({{lead.partition, lead.key}, nullptr});
  if (foresees) batch.writes = write.leads;
  return Begin(std::move(batch));
}

uint64_t LeadIndex::BegunIngest(PartitionId /*partition*/) {
  {
    const std::lock_guard lock(commits_mutex_);
    overflowed_ = overflowed_ || collects_;
  }
  return Begin({});
}

uint64_t LeadIndex::Begin(Batch batch) {
  if (store_ != nullptr) batch.before = store_->LastWrite();
  const std::lock_guard lock(commits_mutex_);
  overflowed_ = overflowed_ || uncertain_ + batch.leads.size() > options_.most_uncertain;
  if (overflowed_) batch = {};
  uncertain_ += batch.leads.size();
  batch.number = next_number_;
  if (!batch.writes.empty()) changed_.notify_all();
  batches_.push_back(std::move(batch));
  return next_number_++;
}

void LeadIndex::Ended(uint64_t number, const Status& written) {
  const std::lock_guard lock(commits_mutex_);
  const auto batch = std::ranges::find(batches_, number, &Batch::number);
  if (batch == batches_.end()) return;
  batch->writes.clear();
  if (!written.ok()) {
    for (PendingLead& lead : batch->leads) lead.known.reset();
  }
  if (batch->leads.empty()) {
    batches_.erase(batch);
  } else {
    batch->has_ended = true;
  }
  changed_.notify_all();
}

void LeadIndex::Run() {
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
  std::unique_lock lock(commits_mutex_);
  while (!stopping_) {
    const bool is_wanted = wanted_at_ && clock_->Monotonic() - *wanted_at_ < options_.unused;
    lock.unlock();
    bool is_there = is_ready();
    if (is_there && !is_wanted) {
      Drop("nobody uses it");
      is_there = false;
    }
    is_filling_ = is_wanted && !is_there;
    if (is_filling_) is_there = Fill();
    is_filling_ = false;
    if (is_there) is_there = IndexTaken();
    if (is_there) ForeseeCommit();
    lock.lock();
    if (stopping_) break;
    if (is_there) {
      changed_.wait_for(lock, kBetweenLooks, [this] { return stopping_ || overflowed_ || HasEnded() || HasWrites(); });
    } else if (is_wanted) {
      changed_.wait_for(lock, kBeforeNextTry, [this] { return stopping_; });
    } else {
      changed_.wait(lock, [this, before = wanted_at_] { return stopping_ || wanted_at_ != before; });
    }
  }
}

void LeadIndex::Drop(std::string_view why) {
  telemetry::LogInfo("the index of leads is dropped: " + std::string(why));
  std::optional<Contents> dropped;  // queries do not wait until it is freed
  const std::unique_lock contents_lock(contents_mutex_);
  contents_.swap(dropped);
  const std::lock_guard lock(commits_mutex_);
  ForgetCommits();
}

void LeadIndex::ForgetCommits() {
  collects_ = foresees_ = overflowed_ = false;
  uncertain_ = 0;
  taken_.clear();
  std::erase_if(batches_, [](const Batch& batch) { return batch.has_ended; });
  for (Batch& batch : batches_) batch = {.number = batch.number};
}

bool LeadIndex::WaitForOpenWrites() {
  std::unique_lock lock(commits_mutex_);
  const uint64_t barrier = next_number_;
  collects_ = true;
  changed_.wait(lock, [&] {
    return stopping_ || std::ranges::none_of(
                            batches_, [&](const Batch& batch) { return batch.number < barrier && !batch.has_ended; });
  });
  return !stopping_;
}

bool LeadIndex::Fill() {
  // A write that has begun before keys are collected is in the snapshot.
  if (!WaitForOpenWrites()) return false;
  const auto rows = store_->Snapshot();
  visited_ = 0;
  Contents contents;
  const Status scanned = rows.ok() ? Scan(**rows, &contents) : rows.status();
  const std::unique_lock contents_lock(contents_mutex_);
  std::unique_lock lock(commits_mutex_);
  if (scanned.ok() && !overflowed_ && !stopping_) {
    contents_ = std::move(contents);
    foresees_ = true;
    telemetry::LogInfo("the leads are indexed");
    return true;
  }
  lock.unlock();
  if (!scanned.ok() && scanned.kind() == ErrorKind::kFatal) {
    telemetry::LogWarning("the leads cannot be indexed, so queries visit all of them: " + scanned.message());
  }
  lock.lock();
  ForgetCommits();
  return false;
}

Status LeadIndex::Scan(const state::LeadReader& rows, Contents* contents) {
  LP_ASSIGN_OR_RETURN(const query::AnswerBasis basis, definitions_.ReadBasis(rows, [](const std::string&) {}));
  contents->version = basis.definitions->version;
  struct Row {
    IndexedKey key;
    std::string tenant;
    IndexedFacts facts;
  };
  files::LeadScan<Row> pass;
  pass.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<Row>> {
    Row row{{partition, EncodeLeadKey(lead.key)}, lead.key.tenant, {}};
    row.facts = FactsOfLead(basis, partition, std::move(lead));
    return std::optional(std::move(row));
  };
  pass.take = [&](Row row) -> Result<bool> {
    ++visited_;
    TenantIndex& index = contents->tenants[row.tenant];
    if (!index.Set(row.key, index.Number(std::move(row.facts)))) {
      return Status::Retriable("there are more leads than an index has room for");
    }
    const std::lock_guard lock(commits_mutex_);
    return !stopping_ && !overflowed_;
  };
  WorkerPool alone(1);
  LP_RETURN_IF_ERROR(files::PassOverLeads(rows, pass, &alone));
  for (auto& [tenant, index] : contents->tenants) index.EndOrder();
  return Status::Ok();
}

bool LeadIndex::TakeCommits() {
  const std::lock_guard lock(commits_mutex_);
  for (Batch& batch : batches_) {
    if (batch.has_ended) std::ranges::move(batch.leads, std::back_inserter(taken_));
  }
  std::erase_if(batches_, [](const Batch& batch) { return batch.has_ended; });
  // Of several writes of a lead, only the last one counts.
  std::ranges::reverse(taken_);
  std::ranges::stable_sort(taken_, ComesBefore, &PendingLead::key);
  const auto same = [](const PendingLead& a, const PendingLead& b) { return AreSame(a.key, b.key); };
  taken_.erase(std::unique(taken_.begin(), taken_.end(), same), taken_.end());
  uncertain_ = taken_.size();
  for (const Batch& batch : batches_) uncertain_ += batch.leads.size();
  return !overflowed_;
}

bool LeadIndex::IndexTaken() {
  if (!TakeCommits()) {
    Drop("writes come faster than it reads them");
    return false;
  }
  if (taken_.empty()) return true;
  const Status indexed = IndexRows();
  if (!indexed.ok()) Drop(indexed.message());
  return true;
}

Status LeadIndex::IndexRows() {
  LP_ASSIGN_OR_RETURN(const auto rows, store_->Snapshot());
  LP_ASSIGN_OR_RETURN(const query::AnswerBasis basis, definitions_.ReadBasis(*rows, [](const std::string&) {}));
  if (basis.definitions->version != contents_->version) return Status::Retriable("there are other definitions");
  RowFacts facts(*rows, basis);
  while (!taken_.empty()) LP_RETURN_IF_ERROR(IndexSome(&facts));
  size_t unordered = 0, all = 0;
  for (const auto& [tenant, index] : contents_->tenants) {
    unordered += index.keys()->size() - index.ordered();
    all += index.keys()->size();
  }
  // Many new leads make pages by key slow: fill it again, in order.
  constexpr size_t kMostUnordered = 20'000;
  if (unordered <= all / 3 + kMostUnordered) return Status::Ok();
  return Status::Retriable("many leads were added; it is filled again in order");
}

Status LeadIndex::IndexSome(RowFacts* rows) {
  std::span<PendingLead> some = std::span(taken_).last(std::min(taken_.size(), kReadAtOnce));
  const PartitionId partition = some.back().key.partition;
  while (some.front().key.partition != partition) some = some.subspan(1);
  std::vector<state::EncodedLeadKey> keys;
  for (const PendingLead& lead : some) {
    if (lead.known == nullptr) keys.push_back(lead.key.key);
  }
  LP_ASSIGN_OR_RETURN(std::vector<FactsOfRow> facts, rows->Read(partition, keys));
  auto next = facts.begin();
  for (PendingLead& lead : some) {
    if (lead.known == nullptr) lead.known = std::make_unique<KnownLead>(Known(lead.key, std::move(*next++)));
  }
  const std::unique_lock contents_lock(contents_mutex_);
  for (PendingLead& lead : some) {
    TenantIndex& index = contents_->tenants[TenantOf(lead.key.key)];
    if (!lead.known->facts) {
      index.Remove(lead.key.key);
    } else if (!index.Set(lead.key, *std::move(lead.known->facts))) {
      return Status::Retriable("there are more leads than it has room for");
    }
  }
  const std::lock_guard lock(commits_mutex_);
  uncertain_ -= some.size();
  taken_.erase(taken_.end() - static_cast<std::ptrdiff_t>(some.size()), taken_.end());
  return Status::Ok();
}

LeadIndex::KnownLead LeadIndex::Known(const IndexedKey& key, FactsOfRow facts) const {
  if (!facts) return {};
  return {IndexOf(TenantOf(key.key)).Number(*std::move(facts))};
}

void LeadIndex::ForeseeCommit() {
  uint64_t number = 0;
  std::vector<state::LeadWrite> writes;
  {
    const std::lock_guard lock(commits_mutex_);
    const auto batch = std::ranges::find_if(batches_, [](const Batch& one) { return !one.writes.empty(); });
    if (batch == batches_.end()) return;
    number = batch->number;
    writes = std::exchange(batch->writes, {});
  }
  const Status foreseen = ForeseeWrites(number, writes);
  if (!foreseen.ok()) Drop(foreseen.message());
}

Status LeadIndex::ForeseeWrites(uint64_t number, std::span<const state::LeadWrite> writes) {
  LP_ASSIGN_OR_RETURN(const auto rows, store_->Snapshot());
  LP_ASSIGN_OR_RETURN(const query::AnswerBasis basis, definitions_.ReadBasis(*rows, [](const std::string&) {}));
  RowFacts facts(*rows, basis);
  for (size_t begin = 0, end = 0; begin < writes.size(); begin = end) {
    while (end < writes.size() && end - begin < kReadAtOnce && writes[end].partition == writes[begin].partition) ++end;
    LP_ASSIGN_OR_RETURN(std::vector<std::optional<FactsOfRow>> some, facts.Foresee(writes.subspan(begin, end - begin)));
    std::vector<std::unique_ptr<KnownLead>> known(some.size());
    for (size_t i = 0; i < some.size(); ++i) {
      const IndexedKey key{writes[begin + i].partition, writes[begin + i].key};
      if (some[i]) known[i] = std::make_unique<KnownLead>(Known(key, *std::move(some[i])));
    }
    const std::lock_guard lock(commits_mutex_);
    const auto batch = std::ranges::find(batches_, number, &Batch::number);
    if (stopping_ || batch == batches_.end() || batch->has_ended) break;
    for (size_t i = 0; i < known.size(); ++i) batch->leads[begin + i].known = std::move(known[i]);
  }
  return Status::Ok();
}

}  // namespace leadpulse::serve
