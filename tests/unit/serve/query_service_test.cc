// Which queries wait for which others.
#include "processor/serve/queries/query_service.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/processor_time.h"
#include "processor/serve/queries/served_reader.h"
#include "state/store/state_directory.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/queried_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::serve::query_service_test {

constexpr std::chrono::seconds kTimeout{20};

// A store whose first snapshots wait for Open.
class GatedStore : public testing::ForwardingStore {
 public:
  explicit GatedStore(int held) : ForwardingStore(1), held_(held) {}

  Result<std::unique_ptr<const state::LeadReader>> Snapshot() override {
    std::unique_lock lock(mutex_);
    if (held_ > 0) {
      --held_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return is_open_; });
    }
    return ForwardingStore::Snapshot();
  }
  // Waits until as many queries are held as the constructor was told.
  bool WaitUntilHeld() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kTimeout, [this] { return held_ == 0; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int held_;
  bool is_open_ = false;
};

// Who asks: a tenant, and a user or token of it.
struct Who {
  std::string tenant = "acme";
  std::string who = "kim";
};

// Asks by path, or as a front of several runs does.
class Asking : public ::testing::TestWithParam<bool> {
 protected:
  template <typename Query>
  std::future<http::Response> AskOf(QueryService* service, const std::string& path, Query query, const Who& who = {}) {
    query.mutable_caller()->set_tenant_id(who.tenant);
    query.mutable_caller()->set_who(who.who);
    const auto promise = std::make_shared<std::promise<http::Response>>();
    std::string body = query.SerializeAsString();
    http::Request request;
    request.method = "POST";
    request.path = path;
    if (GetParam()) {
      v1::PartitionQuery asked;
      asked.set_path(path);
      asked.set_query(body);
      body = asked.SerializeAsString();
      request.path = "/partitions/ask";
    }
    request.body = body;
    service->Handle(request, [promise](http::Response answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  SystemClock clock_;
  pipeline::ChangeFeed feed_{pipeline::FeedLimits()};
  RecentErasures erasures_;
};

class QueryServiceTest : public Asking {
 protected:
  template <typename Query>
  std::future<http::Response> Ask(const std::string& path, Query query) {
    return AskOf(&service_, path, std::move(query));
  }

  static constexpr int kScans = 2;  // as many as it has threads for first tries

  GatedStore store_{kScans};
  QueryMetrics metrics_;
  QueryService service_{{&store_, nullptr, &feed_, &erasures_, nullptr, nullptr, &clock_, &metrics_}};
};

INSTANTIATE_TEST_SUITE_P(Paths, QueryServiceTest, ::testing::Bool());

TEST_P(QueryServiceTest, AQueryAboutOneLeadDoesNotWaitForScans) {
  std::vector<std::future<http::Response>> scans;
  v1::FindLeads scan;
  scan.set_limit(1);
  // Two more scans; each waits for one of the first.
  for (int i = 0; i < 2 * kScans; ++i) scans.push_back(Ask("/leads/find", scan));
  ASSERT_TRUE(store_.WaitUntilHeld());
  v1::GetLead get;
  get.set_lead_id("ann");
  v1::GetTimeline timeline;
  timeline.set_lead_id("ann");
  timeline.set_limit(1);
  std::future<http::Response> answers[] = {Ask("/leads/get", get), Ask("/leads/timeline", timeline)};
  for (std::future<http::Response>& answer : answers) {
    EXPECT_EQ(answer.wait_for(kTimeout), std::future_status::ready);
  }
  for (std::future<http::Response>& waiting : scans) {
    EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  }
  EXPECT_EQ(metrics_.one_lead.Read().total(), 2U);
  EXPECT_EQ(metrics_.many_leads.Read().total(), 0U);
  store_.Open();
  for (std::future<http::Response>& waiting : scans) EXPECT_NE(waiting.get().code, 0U);
  service_.Stop();
  EXPECT_EQ(metrics_.many_leads.Read().total(), 2U * kScans);
  EXPECT_EQ(metrics_.changes.Read().total(), 0U);
}

// A store whose scans take longer than a query's first try may.
class SlowStore : public testing::ForwardingStore {
 public:
  SlowStore() : ForwardingStore(testing::MakeQueriedStore(kDefinitions, {}, {}, kPartitions)) {}

  Result<std::unique_ptr<const state::LeadReader>> Snapshot() override {
    ++snapshots_;
    LP_ASSIGN_OR_RETURN(std::unique_ptr<const state::LeadReader> rows, ForwardingStore::Snapshot());
    return std::unique_ptr<const state::LeadReader>(std::make_unique<Slow>(std::move(rows)));
  }
  // Returns how many queries have begun, each first try and each long one.
  int snapshots() const { return snapshots_; }

 private:
  static constexpr char kDefinitions[] = "tenants: {acme: {tiers: [{name: all}]}}";
  static constexpr uint32_t kPartitions = 2;  // the reader refuses the second one of a first try

  struct Owner {
    std::unique_ptr<const state::LeadReader> owned;
  };
  class Slow : private Owner, public ServedReader {
   public:
    explicit Slow(std::unique_ptr<const state::LeadReader> rows)
        : Owner{std::move(rows)}, ServedReader(*owned, {PartitionId{0}, PartitionId{1}}) {}
    Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
      constexpr double kSeconds = 0.06;
      const double end = ThreadProcessorSeconds() + kSeconds;
      while (ThreadProcessorSeconds() < end) {
      }
      return ServedReader::VisitLeads(partition, after, visit);
    }
  };

  std::atomic<int> snapshots_{0};
};

class LongQueriesTest : public Asking {
 protected:
  using Answers = std::vector<std::future<http::Response>>;

  Answers Scan(int times, QueryService* service, const Who& who) {
    v1::FindDuplicates scan;  // no index answers it
    scan.set_limit(1);
    Answers answers;
    for (int i = 0; i < times; ++i) answers.push_back(AskOf(service, "/leads/duplicates", scan, who));
    return answers;
  }
  // Waits for the answer; returns its code and its body.
  http::Response AnswerOf(std::future<http::Response> future) const {
    http::Response answered = future.get();
    v1::PartitionAnswer answer;
    if (!GetParam() || answered.code != http::kOk) return answered;
    EXPECT_TRUE(answer.ParseFromString(answered.body));
    return {answer.status(), answer.answer()};
  }
  QueryServiceParts Parts() { return {&store_, nullptr, &feed_, &erasures_, nullptr, nullptr, &clock_}; }

  SlowStore store_;
};

INSTANTIATE_TEST_SUITE_P(Paths, LongQueriesTest, ::testing::Bool());

// Counted in queries that begin while another one waits: at most those whose threads become free before it is asked.
TEST_P(LongQueriesTest, AQuickQueryWaitsForFewOfThem) {
  QueryService service(Parts());
  constexpr int kMany = 60;
  Answers scans = Scan(kMany, &service, {"acme", "token:1"});
  while (store_.snapshots() < 3) std::this_thread::yield();
  const Who others[] = {{"globex", "kim"}, {"acme", "kim"}, {"acme", ""}};
  for (const Who& who : others) {
    const int before = store_.snapshots();
    EXPECT_EQ(AnswerOf(AskOf(&service, "/definitions/get", v1::GetDefinitions(), who)).code, http::kOk);
    constexpr int kItself = 1, kRunning = 5;
    EXPECT_LE(store_.snapshots() - before, kItself + kRunning) << who.tenant << ' ' << who.who;
  }
  EXPECT_LT(store_.snapshots(), kMany) << "the scans were over before";
  service.Stop();
  for (std::future<http::Response>& scan : scans) {
    const unsigned int code = AnswerOf(std::move(scan)).code;
    EXPECT_TRUE(code == http::kOk || code == http::kUnavailable) << code;
  }
}

TEST_P(LongQueriesTest, HaveABudgetOfProcessorTime) {
  QueryServiceParts parts = Parts();
  parts.long_queries.asker = {.burst = 0.3, .per_second = 1e-3};
  parts.long_queries.tenant = {.burst = 0.5, .per_second = 1e-3};
  QueryService service(parts);
  const auto scan_until_refused = [&](const Who& who) {
    for (int answered = 0; answered < 100; ++answered) {
      const http::Response response = AnswerOf(std::move(Scan(1, &service, who)[0]));
      if (response.code == http::kOk) continue;
      EXPECT_EQ(response.code, http::kTooManyRequests);
      v1::QueryError error;
      EXPECT_TRUE(error.ParseFromString(response.body));
      EXPECT_GT(error.retry_after_s(), 0);
      return answered;
    }
    return 100;
  };
  EXPECT_EQ(scan_until_refused({"acme", "token:1"}), 3) << "each takes 0.12 s";
  EXPECT_EQ(scan_until_refused({"acme", "token:2"}), 2) << "what is left to the tenant";
  EXPECT_EQ(scan_until_refused({"acme", "token:3"}), 0);
  EXPECT_EQ(scan_until_refused({"globex", "token:1"}), 3);
  EXPECT_EQ(AnswerOf(AskOf(&service, "/definitions/get", v1::GetDefinitions(), {"acme", "token:1"})).code, http::kOk);
  EXPECT_EQ(AnswerOf(std::move(Scan(1, &service, {"acme", ""})[0])).code, http::kOk) << "a job has no budget";
  service.Stop();
}

// Another process that has the state, as a run does that begins.
class StateHolder {
 public:
  explicit StateHolder(const std::string& directory) {
    int taken[2], released[2];
    EXPECT_EQ(pipe(taken) + pipe(released), 0);
    child_ = fork();
    if (child_ == 0) {
      const auto lock = state::StateLock::Take(directory);
      char byte = lock.ok() ? 'y' : 'n';
      close(released[1]);
      (void)!write(taken[1], &byte, 1);
      (void)!read(released[0], &byte, 1);
      _exit(0);
    }
    const FileDescriptor answer(taken[0]);
    close(taken[1]);
    close(released[0]);
    release_ = FileDescriptor(released[1]);
    char byte = 0;
    EXPECT_EQ(read(answer.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
  }
  ~StateHolder() {
    release_ = FileDescriptor();
    waitpid(child_, nullptr, 0);
  }

 private:
  pid_t child_;
  FileDescriptor release_;
};

TEST(StoppedStateTest, WhatCannotBeReadWhileARunBeginsMayBeAskedAgain) {
  const testing::ScratchDirectory scratch;
  const std::string directory = scratch / "state";
  std::filesystem::create_directory(directory);
  std::ofstream(directory + "/CURRENT") << "MANIFEST-000007\n";  // which is gone
  StoppedState stopped(directory);
  const std::string query = v1::GetDefinitions().SerializeAsString();
  {
    const StateHolder run(directory);
    EXPECT_EQ(stopped.Answer("/definitions/get", query).status().kind(), ErrorKind::kRetriable);
  }
  EXPECT_EQ(stopped.Answer("/definitions/get", query).status().kind(), ErrorKind::kFatal);
}

}  // namespace leadpulse::serve::query_service_test
