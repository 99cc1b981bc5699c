// Queries to several runs of one application: each has some of the partitions.
//
// A query about many leads goes to all runs at the same time, and merge.h makes one answer of theirs. Each says which
// partitions it is about (PartitionQuery in query.proto), so that no lead counts twice and none is missing unnoticed: a
// partition that is answered for twice has just moved, and the query is asked again; one that nobody answers for is
// reported as missing.
//
// A query about one lead goes to the run that last answered for its partition, and to the others only if that is wrong.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/serve/runs/run_port.h"

namespace leadpulse::serve {

struct RunsResponse {
  std::vector<std::string> found;  // the answers with status 200, in the order of the runs
  std::vector<uint32_t> missing;   // partitions that none of them is about, ascending
  // If none has 200: an answer with another status.
  unsigned int status = 0;
  std::string refusal = {};
};

// Whether an answer with status 200 says that there is no such lead.
using IsNobody = bool (*)(const std::string& answer);

// Thread-safe.
class SeveralRuns {
 public:
  // Creates the ports of at least one run. `stop` as in RunPort.
  SeveralRuns(const std::vector<RunAddress>& addresses, const std::atomic<bool>& stop);

  size_t count() const { return ports_.size(); }
  // Returns the answer of one run to such a query.
  Result<http::Response> AskOne(size_t run, const std::string& path, const std::string& body,
                                std::chrono::milliseconds timeout) {
    return ports_[run]->Post(path, body, timeout);
  }
  // Returns the answer of each run to a query that is not about partitions.
  std::vector<Result<http::Response>> AskEach(const std::string& path, const std::vector<std::string>& bodies,
                                              std::chrono::milliseconds timeout);

  // Asks all runs. Retriable: no run answers, or partitions move all the time.
  Result<RunsResponse> AskAll(const std::string& path, const std::string& query, std::chrono::milliseconds timeout);
  // Asks about the lead. Retriable: the run that has its partition does not answer. `is_nobody` null: no such lead is a
  // 404.
  Result<v1::PartitionAnswer> AskAboutLead(const LeadKey& lead, const std::string& path, const std::string& query,
                                           IsNobody is_nobody);

 private:
  using PartitionAnswers = std::vector<Result<v1::PartitionAnswer>>;  // one for each run

  Result<v1::PartitionAnswer> Ask(size_t run, const std::string& body, std::chrono::milliseconds timeout);
  PartitionAnswers AskRuns(const std::vector<size_t>& runs, const std::string& body, std::chrono::milliseconds timeout);
  // Returns the run that last answered for the partition of the lead; nullopt: unknown.
  std::optional<size_t> OwnerOf(const LeadKey& lead) const;
  void Learn(size_t run, const v1::PartitionAnswer& answer);

  std::vector<std::unique_ptr<RunPort>> ports_;
  mutable std::mutex mutex_;
  std::vector<std::optional<size_t>> owners_;  // by partition; guarded by mutex_
};

// Spells `partition 3`, `partitions 1, 3`.
std::string SpellMissing(const std::vector<uint32_t>& partitions);

}  // namespace leadpulse::serve
