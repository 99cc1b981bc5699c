#include "processor/serve/index/lead_index.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/base/worker_pool.h"
#include "processor/files/lead_scan.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/telemetry/logging.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::serve {
namespace {

constexpr int kNiceness = 5;  // as that of queries, which read what it has not read yet
constexpr std::chrono::seconds kBeforeNextTry{5};
constexpr size_t kReadAtOnce = 256;

IndexedFacts FactsAt(const query::AnswerBasis& basis, PartitionId partition, state::Lead lead) {
  const config::TenantDefinitions& definitions = basis.definitions->For(lead.key.tenant);
  const Instant now = basis.clock.value_or(Instant{0});
  const query::ViewFrom from = basis.stored_views.SourceOf(partition, lead, now);
  return FactsForIndex(query::EvaluatedLead(std::move(lead), definitions, now, from));
}

// The tenant of an encoded key.
std::string TenantOf(std::string_view key) { return std::string(key.substr(0, key.find('\0'))); }

void SortUnique(std::vector<IndexedKey>* keys) {
  std::ranges::sort(*keys, [](const IndexedKey& a, const IndexedKey& b) {
    return a.partition != b.partition ? a.partition < b.partition : a.key < b.key;
  });
  const auto same = [](const IndexedKey& a, const IndexedKey& b) {
    return a.partition == b.partition && a.key == b.key;
  };
  keys->erase(std::unique(keys->begin(), keys->end(), same), keys->end());
}

}  // namespace

const TenantIndex* IndexedSnapshot::ForTenant(const std::string& tenant, const config::Definitions& definitions) const {
  if (!lock_.owns_lock() || !index_->contents_ || index_->contents_->version != definitions.version) return nullptr;
  static const TenantIndex kEmpty;
  const auto found = index_->contents_->tenants.find(tenant);
  return found == index_->contents_->tenants.end() ? &kEmpty : &found->second;
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
  for (const Batch& batch : batches_) {
    snapshot->uncertain_.insert(snapshot->uncertain_.end(), batch.keys.begin(), batch.keys.end());
  }
  SortUnique(&snapshot->uncertain_);
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

uint64_t LeadIndex::Begun(const state::EpochWrite& write) {
  std::vector<IndexedKey> keys;
  {
    const std::lock_guard lock(commits_mutex_);
    if (!collects_) {
      batches_.push_back({next_number_, false, {}});
      return next_number_++;
    }
    overflowed_ = overflowed_ || !write.dropped.empty();
  }
  keys.reserve(write.leads.size());
  for (const state::LeadWrite& lead : write.leads) keys.push_back({lead.partition, lead.key});
  return Begin(std::move(keys));
}

uint64_t LeadIndex::BegunIngest(PartitionId /*partition*/) {
  {
    const std::lock_guard lock(commits_mutex_);
    overflowed_ = overflowed_ || collects_;
  }
  return Begin({});
}

uint64_t LeadIndex::Begin(std::vector<IndexedKey> keys) {
  const std::lock_guard lock(commits_mutex_);
  uncertain_ += keys.size();
  if (uncertain_ > options_.most_uncertain) overflowed_ = true;
  if (overflowed_) {
    uncertain_ -= keys.size();
    keys.clear();
  }
  batches_.push_back({next_number_, false, std::move(keys)});
  return next_number_++;
}

void LeadIndex::Ended(uint64_t number) {
  const std::lock_guard lock(commits_mutex_);
  const auto batch = std::ranges::find(batches_, number, &Batch::number);
  if (batch == batches_.end()) return;
  if (batch->keys.empty()) {
    batches_.erase(batch);
    if (!collects_) changed_.notify_all();
  } else {
    batch->has_ended = true;
  }
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
    if (is_wanted && !is_there) is_there = Fill();
    if (is_there) TakeCommits();
    lock.lock();
    if (stopping_) break;
    if (is_there) {
      changed_.wait_for(lock, options_.between_looks, [this] { return stopping_; });
    } else if (is_wanted) {
      changed_.wait_for(lock, kBeforeNextTry, [this] { return stopping_; });
    } else {
      changed_.wait(lock, [this, before = wanted_at_] { return stopping_ || wanted_at_ != before; });
    }
  }
}

void LeadIndex::Drop(std::string_view why) {
  telemetry::LogInfo("the index of leads is dropped: " + std::string(why));
  const std::unique_lock contents_lock(contents_mutex_);
  contents_.reset();
  const std::lock_guard lock(commits_mutex_);
  collects_ = false;
  overflowed_ = false;
  uncertain_ = 0;
  std::erase_if(batches_, [](const Batch& batch) { return batch.has_ended; });
  for (Batch& batch : batches_) batch.keys.clear();
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
    telemetry::LogInfo("the leads are indexed");
    return true;
  }
  lock.unlock();
  if (!scanned.ok() && scanned.kind() == ErrorKind::kFatal) {
    telemetry::LogWarning("the leads cannot be indexed, so queries visit all of them: " + scanned.message());
  }
  lock.lock();
  collects_ = false;
  overflowed_ = false;
  uncertain_ = 0;
  std::erase_if(batches_, [](const Batch& batch) { return batch.has_ended; });
  for (Batch& batch : batches_) batch.keys.clear();
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
    row.facts = FactsAt(basis, partition, std::move(lead));
    return std::optional(std::move(row));
  };
  pass.take = [&](Row row) -> Result<bool> {
    ++visited_;
    if (!contents->tenants[row.tenant].Set(row.key, std::move(row.facts))) {
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

Status LeadIndex::Read(const state::LeadReader& rows, const query::AnswerBasis& basis,
                       const std::vector<IndexedKey>& keys, std::vector<std::optional<IndexedFacts>>* facts) const {
  state::LeadDecoder decoder;
  for (size_t begin = 0; begin < keys.size();) {
    std::vector<state::EncodedLeadKey> some;
    const PartitionId partition = keys[begin].partition;
    size_t end = begin;
    for (; end < keys.size() && keys[end].partition == partition && some.size() < kReadAtOnce; ++end) {
      some.push_back(keys[end].key);
    }
    LP_ASSIGN_OR_RETURN(const auto values, rows.MultiGet(partition, some, state::LeadReader::kAllRows));
    for (size_t i = 0; i < some.size(); ++i) {
      std::optional<IndexedFacts>& found = facts->emplace_back();
      if (!values[i]) continue;
      state::Lead lead;
      lead.key = DecodeLeadKey(some[i]);
      LP_ASSIGN_OR_RETURN(const bool is_lead, decoder.DecodeIfLead(*values[i], &lead));
      if (!is_lead) continue;
      found = FactsAt(basis, partition, std::move(lead));
    }
    begin = end;
  }
  return Status::Ok();
}

void LeadIndex::TakeCommits() {
  std::vector<IndexedKey> keys;
  std::vector<uint64_t> taken;
  bool is_lost = false;
  {
    const std::lock_guard lock(commits_mutex_);
    is_lost = overflowed_;
    for (const Batch& batch : batches_) {
      if (!batch.has_ended) continue;
      keys.insert(keys.end(), batch.keys.begin(), batch.keys.end());
      taken.push_back(batch.number);
    }
  }
  if (is_lost) return Drop("writes come faster than it reads them");
  if (taken.empty()) return;
  SortUnique(&keys);
  const auto rows = store_->Snapshot();
  if (!rows.ok()) return;  // the run says why; it ends
  const Result<query::AnswerBasis> basis = definitions_.ReadBasis(**rows, [](const std::string&) {});
  if (!basis.ok()) return Drop("the definitions or the clock cannot be read");
  std::vector<std::optional<IndexedFacts>> facts;
  facts.reserve(keys.size());
  const Status read = Read(**rows, *basis, keys, &facts);
  // Only this thread writes contents_.
  if (!read.ok() || basis->definitions->version != contents_->version) {
    return Drop(read.ok() ? "there are other definitions" : "leads cannot be read: " + read.message());
  }
  std::unique_lock contents_lock(contents_mutex_);
  bool fits = true;
  size_t unordered = 0, all = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    TenantIndex& index = contents_->tenants[TenantOf(keys[i].key)];
    if (facts[i]) {
      fits = index.Set(keys[i], *std::move(facts[i])) && fits;
    } else {
      index.Remove(keys[i].key);
    }
  }
  for (const auto& [tenant, index] : contents_->tenants) {
    unordered += index.keys()->size() - index.ordered();
    all += index.keys()->size();
  }
  {
    const std::lock_guard lock(commits_mutex_);
    for (const uint64_t number : taken) {
      const auto batch = std::ranges::find(batches_, number, &Batch::number);
      uncertain_ -= std::min(uncertain_, batch->keys.size());
      batches_.erase(batch);
    }
  }
  contents_lock.unlock();
  // Many new leads make pages by key slow: fill it again, in order.
  constexpr size_t kMostUnordered = 20'000;
  if (!fits || unordered > all / 3 + kMostUnordered) Drop("many leads were added; it is filled again in order");
}

}  // namespace leadpulse::serve
