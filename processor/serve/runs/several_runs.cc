#include "processor/serve/runs/several_runs.h"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "processor/base/assert.h"
#include "processor/engine/partitioner.h"
#include "processor/query/state_access.h"

namespace leadpulse::serve {
namespace {

constexpr char kAskPartitions[] = "/partitions/ask";
constexpr unsigned int kServerErrors = 500;
constexpr int kTriesWhilePartitionsMove = 5;
constexpr std::chrono::milliseconds kBetweenTries{50};

std::string WrittenQuery(const std::string& path, const std::string& query) {
  v1::PartitionQuery written;
  written.set_path(path);
  written.set_query(query);
  return written.SerializeAsString();
}

Status NoRunAnswers(const std::vector<Result<v1::PartitionAnswer>>& answers) {
  std::string why;
  for (const auto& answer : answers) {
    if (!answer.ok()) why += (why.empty() ? "" : "; ") + answer.status().message();
  }
  return Status::Retriable("no run answers: " + why);
}

// The partitions that the answers with status 200 are about.
struct Coverage {
  uint32_t partition_count = 0;
  std::set<uint32_t> covered;
  bool overlaps = false;
  bool disagrees = false;  // about the number of partitions

  std::vector<uint32_t> Missing() const {
    std::vector<uint32_t> missing;
    for (uint32_t i = 0; i < partition_count; ++i) {
      if (!covered.contains(i)) missing.push_back(i);
    }
    return missing;
  }
};

Coverage CoverageOf(const std::vector<Result<v1::PartitionAnswer>>& answers) {
  Coverage coverage;
  for (const auto& answer : answers) {
    if (!answer.ok() || answer->status() != http::kOk) continue;
    if (coverage.partition_count == 0) coverage.partition_count = answer->partition_count();
    coverage.disagrees = coverage.disagrees || coverage.partition_count != answer->partition_count();
    for (const uint32_t partition : answer->partitions()) {
      if (!coverage.covered.insert(partition).second) coverage.overlaps = true;
    }
  }
  return coverage;
}

bool IsAboutLead(const v1::PartitionAnswer& answer) {
  return answer.has_lead_partition() && std::ranges::count(answer.partitions(), answer.lead_partition()) > 0;
}

// Calls `ask` with each number below `count` at the same time.
template <typename Ask>
void AskAtOnce(size_t count, const Ask& ask) {
  std::vector<std::thread> others;
  for (size_t i = 1; i < count; ++i) others.emplace_back(ask, i);
  if (count > 0) ask(0);
  for (std::thread& other : others) other.join();
}

}  // namespace

std::string SpellMissing(const std::vector<uint32_t>& partitions) { return query::SpellPartitions(partitions); }

SeveralRuns::SeveralRuns(const std::vector<RunAddress>& addresses, const std::atomic<bool>& stop) {
  LP_ASSERT(!addresses.empty());
  for (RunAddress address : addresses) {
    address.is_one_of_several = true;
    ports_.push_back(std::make_unique<RunPort>(std::move(address), stop));
  }
}

std::vector<Result<http::Response>> SeveralRuns::AskEach(const std::string& path,
                                                         const std::vector<std::string>& bodies,
                                                         std::chrono::milliseconds timeout) {
  LP_ASSERT(bodies.size() == ports_.size());
  std::vector<Result<http::Response>> answers(ports_.size(), Status::Retriable("not asked"));
  AskAtOnce(ports_.size(), [&](size_t run) { answers[run] = ports_[run]->Post(path, bodies[run], timeout); });
  return answers;
}

Result<v1::PartitionAnswer> SeveralRuns::Ask(size_t run, const std::string& body, std::chrono::milliseconds timeout) {
  RunPort& port = *ports_[run];
  LP_ASSIGN_OR_RETURN(const http::Response answered, port.Post(kAskPartitions, body, timeout));
  v1::PartitionAnswer answer;
  if (answered.code == http::kOk && answer.ParseFromString(answered.body)) {
    Learn(run, answer);
    return answer;
  }
  v1::QueryError error;
  if (answered.code != http::kOk && error.ParseFromString(answered.body)) {
    return Status::Retriable(port.address().Shown() + ": " + error.detail());
  }
  return Status::Retriable(port.address().Shown() +
                           ": the run answered what this program does not understand; are both of one version?");
}

SeveralRuns::PartitionAnswers SeveralRuns::AskRuns(const std::vector<size_t>& runs, const std::string& body,
                                                   std::chrono::milliseconds timeout) {
  PartitionAnswers answers(runs.size(), Status::Retriable("not asked"));
  AskAtOnce(runs.size(), [&](size_t i) { answers[i] = Ask(runs[i], body, timeout); });
  return answers;
}

Result<RunsResponse> SeveralRuns::AskAll(const std::string& path, const std::string& query,
                                         std::chrono::milliseconds timeout) {
  std::vector<size_t> runs;
  for (size_t run = 0; run < ports_.size(); ++run) runs.push_back(run);
  const std::string body = WrittenQuery(path, query);
  for (int tries = 0; tries < kTriesWhilePartitionsMove; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(kBetweenTries);
    PartitionAnswers answers = AskRuns(runs, body, timeout);
    const Coverage coverage = CoverageOf(answers);
    if (coverage.disagrees) return Status::Retriable("the runs have different numbers of partitions");
    if (coverage.overlaps) continue;
    RunsResponse all{{}, coverage.Missing()};
    for (auto& answer : answers) {
      if (!answer.ok()) continue;
      if (answer->status() == http::kOk) {
        all.found.push_back(std::move(*answer->mutable_answer()));
      } else if (all.status == 0 || answer->status() < kServerErrors) {
        all.status = answer->status();
        all.refusal = answer->answer();
      }
    }
    if (all.found.empty() && all.status == 0) return NoRunAnswers(answers);
    // A query that is wrong is wrong for all.
    if (all.status != 0 && all.status < kServerErrors) all.found.clear();
    return all;
  }
  return Status::Retriable("two runs answer for the same partitions; are they of one application?");
}

Result<v1::PartitionAnswer> SeveralRuns::AskAboutLead(const LeadKey& lead, const std::string& path,
                                                      const std::string& query, IsNobody is_nobody) {
  const std::string body = WrittenQuery(path, query);
  const auto is_found = [is_nobody](const v1::PartitionAnswer& answer) {
    return answer.status() == http::kOk && (is_nobody == nullptr || !is_nobody(answer.answer()));
  };
  // What the run that has the partition answers if it has no such lead or refuses the query.
  std::optional<v1::PartitionAnswer> right;
  const auto take = [&right](const v1::PartitionAnswer& answer) {
    if (!right && (IsAboutLead(answer) || !answer.used_by().empty())) right = answer;
  };
  const std::optional<size_t> owner = OwnerOf(lead);
  std::vector<size_t> others;
  for (size_t run = 0; run < ports_.size(); ++run) {
    if (run != owner) others.push_back(run);
  }
  if (owner) {
    Result<v1::PartitionAnswer> answer = Ask(*owner, body, kQuickTimeout);
    if (answer.ok() && is_found(*answer)) return answer;
    if (answer.ok()) take(*answer);
    if (right && (right->status() != http::kNotFound || !right->used_by().empty()) && is_nobody == nullptr)
      return *right;
  }
  // A trusted producer may have put the lead into another partition than that of its id.
  PartitionAnswers answers = AskRuns(others, body, kQuickTimeout);
  for (auto& answer : answers) {
    if (answer.ok() && is_found(*answer)) return std::move(answer);
  }
  for (const auto& answer : answers) {
    if (answer.ok()) take(*answer);
  }
  if (right) return *std::move(right);
  return Status::Retriable("no run answers for the partition of the lead");
}

std::optional<size_t> SeveralRuns::OwnerOf(const LeadKey& lead) const {
  const std::lock_guard lock(mutex_);
  if (owners_.empty()) return std::nullopt;
  return owners_[engine::PartitionOf(lead, static_cast<uint32_t>(owners_.size())).value];
}

void SeveralRuns::Learn(size_t run, const v1::PartitionAnswer& answer) {
  const std::lock_guard lock(mutex_);
  if (owners_.size() != answer.partition_count()) owners_.assign(answer.partition_count(), std::nullopt);
  for (std::optional<size_t>& owner : owners_) {
    if (owner == run) owner.reset();
  }
  for (const uint32_t partition : answer.partitions()) {
    if (partition < owners_.size()) owners_[partition] = run;
  }
}

}  // namespace leadpulse::serve
