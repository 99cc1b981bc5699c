// Serves queries about leads inside the process that owns their state: schemas/leadpulse/v1/query.proto over HTTP.
//
// Only one process may open a RocksDB database to write, so a front queries that process, as Kafka Streams' interactive
// queries do. Each query reads one snapshot of the state and never sees a part of a commit. Queries run on their own
// threads, with low priority, behind bounded queues that tenants, and the users and tokens of each, share fairly; if a
// queue is full, the answer is 503. Queries about one lead have a queue of their own, and so have long ones, so that
// others do not wait for them: a query that has used 50 ms of a processor begins again behind the other long ones.
// Those have a budget of processor time for each user or token, and for each tenant; beyond it the answer is 429.
//
// Answers: 200, 400 (`malformed`, `invalid_value`), 404 (`not_found`), 410 (`cursor_expired`), 413
// (`answer_too_large`), 429 (`too_many_requests`), 503 (`not_yet`, `busy`), 500 (`failed`).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/http/response_queue.h"
#include "processor/pipeline/change_feed.h"
#include "processor/query/outcomes/record_outcomes.h"
#include "processor/query/state_access.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/queries/basis_cache.h"
#include "processor/serve/queries/change_reads.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/query_metrics.h"
#include "processor/serve/queries/recent_erasures.h"
#include "processor/serve/queries/scan_control.h"
#include "processor/serve/queries/waiting_questions.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

// The parts that queries share. Thread-safe.
struct QueryParts {
  BasisCache basis;
  ScanControl scans;
  LeadIndex* index = nullptr;    // nullptr: every query about many leads visits all
  const Clock* clock = nullptr;  // the run's: answers are as of now. nullptr: as of the last commit
};

class Quantum;

// Answers one of the queries that read a snapshot, on the calling thread. `share` limits it to its partitions; null
// means all of the state. If `quantum` was over, the answer is not one; null means that the query may take long.
http::Response AnswerQuery(std::string_view path, std::string_view body, state::LeadStore* store, QueryParts* parts,
                           Share* share = nullptr, Quantum* quantum = nullptr);

// Answers to queries about a state whose run is stopped. Opens it read-only for each query: a run may start and stop
// between two of them, and the second must see that run's writes. Changes nothing in it. Thread-safe.
class StoppedState {
 public:
  explicit StoppedState(std::string directory) : directory_(std::move(directory)) {}

  // Answers as the query service of a run does. Retriable: a run that begins has the state. Other errors: it cannot be
  // opened.
  Result<http::Response> Answer(std::string_view path, std::string_view body);

 private:
  const std::string directory_;
  QueryParts parts_;
};

// The partitions that a run reads now and has restored, ascending. Thread-safe.
using ServedPartitions = std::function<std::vector<PartitionId>()>;

// The shares of long queries, which take seconds. An asker has one thread, and no tenant has all of them.
inline constexpr size_t kLongThreads = 3;
inline constexpr http::FairShares kLongQueries{.of_tenant = 2,
                                               .of_asker = 1,
                                               .tenant = {.burst = 180, .per_second = 1.5},
                                               .asker = {.burst = 60, .per_second = 0.5}};

// The objects that a run gives its query service. All must outlive the service.
struct QueryServiceParts {
  state::LeadStore* store;          // allows reads during a commit, as RocksDB does
  query::RecordOutcomes* outcomes;  // null: nobody can ask for them
  pipeline::ChangeFeed* feed;
  const RecentErasures* erasures;
  LeadIndex* index;         // null if the run keeps no index of its leads
  ServedPartitions served;  // null: all partitions of the store
  const Clock* clock;
  QueryMetrics* metrics = nullptr;  // null: nobody asks
  http::FairShares long_queries = kLongQueries;
};

class QueryService : public http::Handler {
 public:
  explicit QueryService(const QueryServiceParts& parts)
      : run_(parts), waiting_questions_(parts.store, parts.outcomes, parts.feed, parts.clock) {}

  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Response)> send) override;
  // Answers waiting and later queries with 503. Returns when every query has its answer.
  void Stop() {
    shared_.scans.Stop();
    waiting_questions_.Stop();
    queue_.Stop();
    long_queue_.Stop();
    lead_queue_.Stop();
    change_queue_.Stop();
  }

 private:
  // Returns `respond` with the query's time counted in `durations`.
  std::function<void(http::Response)> Timed(telemetry::Histogram QueryMetrics::*durations,
                                            std::function<void(http::Response)> respond) const;
  // Runs the query on the calling thread, as AnswerQuery does.
  http::Response AnswerTo(std::string_view path, std::string_view body, Quantum* quantum);

  // Takes a question for outcomes, which is answered later.
  void AskForOutcomes(std::string_view body, std::function<void(http::Response)> respond);
  // Returns a text that differs once there may be another change or erasure.
  std::string NewestChange() const;
  http::Response ReadChanges(std::string_view body);
  http::Response AskPartitions(std::string_view body, Quantum* quantum);
  // Tells a front of several runs which partitions the answer is about.
  http::Response AnswerAbout(const Share& share, http::Response answered) const;
  std::vector<PartitionId> ServedNow() const;

  const QueryServiceParts run_;
  const FeedPositions positions_;
  QueryParts shared_{.basis = BasisCache(/*is_one_store=*/true), .scans = {}, .index = run_.index, .clock = run_.clock};
  http::ResponseQueue queue_{{.niceness = 5}};  // first tries of queries about many leads
  http::ResponseQueue long_queue_{{.threads = kLongThreads, .niceness = 10, .shares = run_.long_queries}};
  // Queries about one lead. Each takes a fraction of a millisecond, and people wait for it: before scans, behind the
  // workers.
  http::ResponseQueue lead_queue_{{.niceness = 2}};
  http::ResponseQueue change_queue_{{.threads = 1, .niceness = 5}};  // streams do not wait for scans
  WaitingQuestions waiting_questions_;
};

}  // namespace leadpulse::serve
