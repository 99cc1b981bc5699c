// Which queries wait for which others.
#include "processor/serve/queries/query_service.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "tests/support/forwarding_store.h"

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

// Asks by path, or as a front of several runs does.
class QueryServiceTest : public ::testing::TestWithParam<bool> {
 protected:
  template <typename Query>
  std::future<http::Response> Ask(const std::string& path, Query query) {
    query.mutable_caller()->set_tenant_id("acme");
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
    service_.Handle(request, [promise](http::Response answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  static constexpr int kScans = 2;  // as many as it has threads for scans

  GatedStore store_{kScans};
  SystemClock clock_;
  pipeline::ChangeFeed feed_{pipeline::FeedLimits()};
  RecentErasures erasures_;
  QueryService service_{{&store_, nullptr, &feed_, &erasures_, nullptr, nullptr, &clock_}};
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
  store_.Open();
  for (std::future<http::Response>& waiting : scans) EXPECT_NE(waiting.get().code, 0U);
  service_.Stop();
}

}  // namespace leadpulse::serve::query_service_test
