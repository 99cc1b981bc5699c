// The thread that fills the index and keeps it up to date.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/files/lead_scan.h"
#include "processor/serve/index/lead_index.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

constexpr int kNiceness = 5;  // as queries, which read the leads that are not indexed yet
constexpr std::chrono::seconds kBeforeNextTry{5};
constexpr std::chrono::seconds kBetweenLooks{1};  // between two checks whether queries still use it
constexpr size_t kReadAtOnce = 256;

}  // namespace

void LeadIndex::Run() {
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
  std::unique_lock lock(commits_mutex_);
  while (!stopping_) {
    const bool is_wanted = wanted_at_ && clock_->Monotonic() - *wanted_at_ < options_.unused;
    const auto begun = clock_->Monotonic();
    lock.unlock();
    bool is_there = is_ready();
    if (is_there && !is_wanted) {
      Drop("nobody uses it");
      is_there = false;
    }
    is_filling_ = is_wanted && !is_there;
    if (is_filling_) is_there = Fill();
    is_filling_ = false;
    if (is_there) is_there = ForeseeCommits() && IndexTaken();
    lock.lock();
    if (stopping_) break;
    if (is_there) {
      const auto has_reason = [this] { return stopping_ || overflowed_ || waiting_ > 0; };
      changed_.wait_for(lock, options_.gathers - (clock_->Monotonic() - begun), has_reason);
      changed_.wait_for(lock, kBetweenLooks, [&] { return has_reason() || HasEnded() || HasWrites(); });
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
  uncertain_ = held_bytes_ = 0;
  taken_.clear();
  indexed_.notify_all();
  std::erase_if(commits_, [](const OpenCommit& commit) { return commit.has_ended; });
  for (OpenCommit& commit : commits_) commit = {.number = commit.number};
}

bool LeadIndex::WaitForOpenWrites() {
  std::unique_lock lock(commits_mutex_);
  const uint64_t barrier = next_number_;
  collects_ = true;
  changed_.wait(lock, [&] {
    return stopping_ || std::ranges::none_of(commits_, [&](const OpenCommit& commit) {
             return commit.number < barrier && !commit.has_ended;
           });
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
    is_filling_ = false;
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
    if (!index.Set(row.key, index.Number(std::move(row.facts), basis.definitions->For(row.tenant)))) {
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
  for (OpenCommit& commit : commits_) {
    if (!commit.has_ended) continue;
    std::ranges::move(commit.leads, std::back_inserter(taken_));
    held_bytes_ -= commit.held_bytes;
  }
  std::erase_if(commits_, [](const OpenCommit& commit) { return commit.has_ended; });
  // Only the last of several writes of a lead counts.
  std::ranges::reverse(taken_);
  std::ranges::stable_sort(taken_, ComesBefore, &PendingLead::key);
  const auto same = [](const PendingLead& a, const PendingLead& b) { return AreSame(a.key, b.key); };
  taken_.erase(std::unique(taken_.begin(), taken_.end(), same), taken_.end());
  uncertain_ = taken_.size();
  for (const OpenCommit& commit : commits_) uncertain_ += commit.leads.size();
  if (!taken_.empty()) ++rounds_begun_;
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
  const std::lock_guard lock(commits_mutex_);
  rounds_ended_ = rounds_begun_;
  indexed_.notify_all();
  return true;
}

Status LeadIndex::IndexRows() {
  LP_ASSIGN_OR_RETURN(const auto rows, store_->Snapshot());
  LP_ASSIGN_OR_RETURN(const query::AnswerBasis basis, definitions_.ReadBasis(*rows, [](const std::string&) {}));
  if (basis.definitions->version != contents_->version) return Status::Retriable("there are other definitions");
  RowFacts facts(*rows, basis, [this](std::string_view key) { return KnownProfileOf(key); });
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
  for (PendingLead& lead : some) {
    if (!IsStillKnown(lead)) lead.known.reset();
    if (!lead.is_known()) keys.push_back(lead.key.key);
  }
  LP_ASSIGN_OR_RETURN(std::vector<IndexedFacts> facts, rows->Read(partition, keys));
  auto next = facts.begin();
  for (PendingLead& lead : some) {
    if (lead.is_known()) continue;
    lead.known = Numbered(lead.key, std::move(*next++), rows->definitions());
  }
  const std::unique_lock contents_lock(contents_mutex_);
  for (PendingLead& lead : some) {
    if (!contents_->OfTenant(TenantOf(lead.key.key)).Set(lead.key, std::move(*lead.known))) {
      return Status::Retriable("there are more leads than it has room for");
    }
  }
  const std::lock_guard lock(commits_mutex_);
  uncertain_ -= some.size();
  taken_.erase(taken_.end() - static_cast<std::ptrdiff_t>(some.size()), taken_.end());
  return Status::Ok();
}

bool LeadIndex::IsStillKnown(const PendingLead& lead) const {
  if (!lead.is_known()) return false;
  const NumberedFacts& facts = *lead.known;
  return !facts.is_lead || facts.has_profile || KnownProfileOf(lead.key.key) == facts.profile_hash;
}

std::unique_ptr<NumberedFacts> LeadIndex::Numbered(const IndexedKey& key, IndexedFacts facts,
                                                   const config::Definitions& definitions) const {
  return std::make_unique<NumberedFacts>(IndexOf(key.key).Number(std::move(facts), definitions.For(TenantOf(key.key))));
}

std::vector<LeadIndex::CommitWrites> LeadIndex::TakeAllWrites() {
  std::vector<CommitWrites> taken;
  const std::lock_guard lock(commits_mutex_);
  if (overflowed_) return taken;
  for (OpenCommit& commit : commits_) {
    if (!commit.writes.empty()) taken.push_back({commit.number, TakeWrites(&commit)});
  }
  return taken;
}

bool LeadIndex::ForeseeCommits() {
  const std::vector<CommitWrites> commits = TakeAllWrites();
  if (commits.empty()) return true;
  const Status foreseen = ForeseeWrites(commits);
  if (!foreseen.ok()) Drop(foreseen.message());
  return foreseen.ok();
}

Status LeadIndex::ForeseeWrites(std::span<const CommitWrites> commits) {
  LP_ASSIGN_OR_RETURN(const auto rows, store_->Snapshot());
  LP_ASSIGN_OR_RETURN(const query::AnswerBasis basis, definitions_.ReadBasis(*rows, [](const std::string&) {}));
  if (basis.definitions->version != contents_->version) return Status::Ok();
  RowFacts facts(*rows, basis, [this](std::string_view key) { return KnownProfileOf(key); });
  for (const auto& [number, writes] : commits) LP_RETURN_IF_ERROR(ForeseeCommit(number, writes, &facts));
  return Status::Ok();
}

Status LeadIndex::ForeseeCommit(uint64_t number, std::span<const state::RowWrite> writes, RowFacts* facts) {
  for (size_t begin = 0, end = 0; begin < writes.size(); begin = end) {
    while (end < writes.size() && end - begin < kReadAtOnce && writes[end].partition == writes[begin].partition) ++end;
    LP_ASSIGN_OR_RETURN(std::vector<RowFacts::Foreseen> some, facts->Foresee(writes.subspan(begin, end - begin)));
    std::vector<std::unique_ptr<NumberedFacts>> known(some.size());
    for (size_t i = 0; i < some.size(); ++i) {
      const IndexedKey key{writes[begin + i].partition, writes[begin + i].key};
      if (some[i]) known[i] = Numbered(key, *std::move(some[i]), facts->definitions());
    }
    const std::lock_guard lock(commits_mutex_);
    const auto commit = std::ranges::find(commits_, number, &OpenCommit::number);
    if (stopping_ || overflowed_ || commit == commits_.end() || commit->has_failed) break;
    for (size_t i = 0; i < known.size(); ++i) commit->leads[begin + i].known = std::move(known[i]);
  }
  return Status::Ok();
}

}  // namespace leadpulse::serve
