// The delivery against a receiver whose answers the test sets, with the test's clock and waits.
#include "processor/delivery/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "processor/delivery/signature.h"
#include "processor/files/output_file.h"
#include "processor/telemetry/logging.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::delivery::delivery_test {

using testing::AppendToFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::WriteFile;

class FakeClient : public http::Client {
 public:
  Result<http::ClientResponse> Post(std::string_view body, const std::vector<std::string>& headers) override {
    bodies.emplace_back(body);
    last_headers = headers;
    if (on_post) on_post();
    if (refused_part != "" && body.find(refused_part) != std::string_view::npos)
      return http::ClientResponse{400, {}, "bad"};
    if (answers.empty()) return http::ClientResponse{204, {}, ""};
    Result<http::ClientResponse> answer = answers.front();
    answers.pop_front();
    return answer;
  }
  std::function<void()> on_post;
  std::deque<Result<http::ClientResponse>> answers;  // then 204
  std::string refused_part;
  std::vector<std::string> bodies;
  std::vector<std::string> last_headers;
};

// A clock whose monotonic time also passes only in the test.
class PassingClock : public FixedClock {
 public:
  using FixedClock::FixedClock;
  std::chrono::steady_clock::time_point Monotonic() const override { return monotonic_; }
  void Pass(Millis passed) { monotonic_ += passed; }

 private:
  std::chrono::steady_clock::time_point monotonic_{};
};

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() {
    options_.changes = directory_ / "changes.jsonl";
    options_.address = "https://receiver.example";
    options_.once = true;
    options_.batch = 2;
  }

  void Commit(const std::string& lines) {
    AppendToFile(options_.changes, lines);
    committed_ += lines;
    input::PrefixHash hash;
    hash.Update(committed_);
    const auto [high, low] = hash.Digest();
    ASSERT_TRUE((*files::CommittedLength::Open(options_.changes))->Publish({committed_.size(), high, low}).ok());
  }
  Result<DeliverySummary> Run() {
    auto position = PositionFile::Open(directory_ / "position");
    EXPECT_TRUE(position.ok());
    Result<DeliverySummary> done = Deliver(options_, {.client = &client_,
                                                      .clock = &clock_,
                                                      .metrics = &metrics_.emplace(),
                                                      .position = position->get(),
                                                      .refused = refused_.get(),
                                                      .stop = &stop_,
                                                      .pause =
                                                          [this](Millis wait) {
                                                            waits_.push_back(wait.count());
                                                            if (on_pause_) on_pause_();
                                                          },
                                                      .random = [] { return 0.0; }});
    lines_delivered_ = (*position)->position().lines;
    return done;
  }

  testing::ScratchDirectory directory_;
  PassingClock clock_{*ParseRfc3339("2026-01-01T00:00:00Z")};
  FakeClient client_;
  std::optional<DeliveryMetrics> metrics_;  // of the last Run
  DeliveryOptions options_;
  std::unique_ptr<RefusedFile> refused_;
  std::atomic<bool> stop_{false};
  std::vector<int64_t> waits_;
  std::function<void()> on_pause_;
  std::string committed_;
  uint64_t lines_delivered_ = 0;
};

TEST_F(DeliveryTest, BatchesOfTheLinesAsTheyStand) {
  options_.headers = {"Authorization: Bearer of a test"};
  Commit("{\"a\":1}\n{\"b\": 2}\n{\"c\":3}\n");
  AppendToFile(options_.changes, "{\"not\":\"committed\"}\n");
  Result<DeliverySummary> done = Run();
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_THAT(client_.bodies, ElementsAre("[{\"a\":1},{\"b\": 2}]", "[{\"c\":3}]"));
  std::vector<std::string> headers = SignatureHeaders({}, clock_.Now(), client_.bodies.back());
  headers.insert(headers.begin(), {"Content-Type: application/json", "Authorization: Bearer of a test"});
  EXPECT_EQ(client_.last_headers, headers);
  EXPECT_EQ(done->delivered, 3u);
  EXPECT_EQ(lines_delivered_, 3u);
  EXPECT_EQ(Run()->delivered, 0u);
}

TEST_F(DeliveryTest, FailuresAreTriedAgainWithLongerWaits) {
  Commit("{}\n");
  options_.secrets = {"key"};
  const Status cut = Status::Retriable("connection refused");
  client_.answers = {http::ClientResponse{500, {}, ""}, cut, http::ClientResponse{429, "7", ""},
                     http::ClientResponse{503, "soon", ""}};
  on_pause_ = [this] { clock_.Set(clock_.Now() + Millis{60'000}); };
  Result<DeliverySummary> done = Run();
  ASSERT_TRUE(done.ok());
  EXPECT_THAT(waits_, ElementsAre(500, 1000, 7000, 4000));
  EXPECT_EQ(client_.bodies, std::vector<std::string>(5, "[{}]"));
  EXPECT_EQ(client_.last_headers.back(), SignatureHeaders(options_.secrets, clock_.Now(), "[{}]").back())
      << "signed at the time of the attempt";
  EXPECT_EQ(done->failed, 4u);
  EXPECT_EQ(done->posts, 1u);
}

TEST_F(DeliveryTest, StoppedWhileItWaitsItKeepsThePosition) {
  Commit("1\n2\n3\n");
  client_.answers = {http::ClientResponse{200, {}, ""}, http::ClientResponse{500, {}, ""}};
  on_pause_ = [this] { stop_ = true; };
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(lines_delivered_, 2u);
  stop_ = false;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(client_.bodies, ElementsAre("[1,2]", "[3]", "[3]"));
}

TEST_F(DeliveryTest, ARefusalEndsIt) {
  Commit("1\n2\n3\n4\n5\n");
  client_.answers = {http::ClientResponse{200, {}, ""}, http::ClientResponse{404, {}, "who is Ada?"}};
  Result<DeliverySummary> done = Run();
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.status().message(), HasSubstr("answered 404 to the changes of the lines 3 to 4"));
  EXPECT_THAT(done.status().message(), Not(HasSubstr("Ada"))) << "may be a lead";
  EXPECT_EQ(lines_delivered_, 2u);
}

TEST_F(DeliveryTest, WhatIsRefusedIsSetAsideAloneAndTheRestGoesOn) {
  options_.batch = 8;
  Commit("1\n2\n3\n4\n5\n6\nbad\n8\n9\n");
  refused_ = std::move(*RefusedFile::Open(directory_ / "refused"));
  client_.refused_part = "bad";
  Result<DeliverySummary> done = Run();
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_EQ(done->refused, 1u);
  EXPECT_EQ(done->delivered, 8u);
  std::string taken;
  for (const std::string& body : client_.bodies) {
    if (body.find("bad") == std::string::npos) taken += body;
  }
  std::erase_if(taken, [](char c) { return c < '0' || c > '9'; });
  EXPECT_EQ(taken, "12345689") << "each once, in order";
  EXPECT_THAT(ReadWholeFile(directory_ / "refused"), HasSubstr("\"changes\":[bad]}\n"));
}

TEST_F(DeliveryTest, WhatIsNoReceiverEndsItToo) {
  Commit("1\n");
  client_.answers = {http::ClientResponse{302, {}, ""}};
  EXPECT_THAT(Run().status().message(), HasSubstr("redirects are not followed"));
  client_.answers = {Status::Rejected("no such CA")};
  EXPECT_EQ(Run().status().message(), "no such CA");
  EXPECT_EQ(lines_delivered_, 0u);
}

TEST_F(DeliveryTest, FollowsWhatIsCommittedLater) {
  options_.once = false;
  int looks = 0;
  on_pause_ = [&] {
    ++looks;
    if (looks == 2) Commit("1\n");
    if (looks == 4) Commit("2\n3\n4\n");
    if (looks == 6) stop_ = true;
  };
  Result<DeliverySummary> done = Run();
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_THAT(client_.bodies, ElementsAre("[1]", "[2,3]", "[4]"));
  EXPECT_EQ(waits_, std::vector<int64_t>(6, 50));
}

TEST_F(DeliveryTest, FollowingItSaysOnceAMinuteHowItGoes) {
  options_.once = false;
  refused_ = std::move(*RefusedFile::Open(directory_ / "refused"));
  client_.refused_part = "bad";
  client_.on_post = [this] { clock_.Pass(Millis{45'000}); };
  const std::vector<int> passes = {59'999, 1, 0, 0, 15'000, 0};
  size_t pauses = 0;
  on_pause_ = [&] {
    clock_.Pass(Millis{passes.at(pauses++)});
    if (pauses == 3) Commit("1\n2\nbad\n");
    if (pauses == 3) client_.answers = {http::ClientResponse{500, {}, ""}};
    stop_ = pauses == passes.size();
  };
  ASSERT_TRUE(telemetry::SetUpLogging("info").ok());
  ::testing::internal::CaptureStderr();
  const Result<DeliverySummary> done = Run();
  const std::string log = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(telemetry::SetUpLogging("warning").ok());
  ASSERT_TRUE(done.ok()) << done.status().message();
  const std::string waiting = "waiting for a run that writes " + options_.changes + "\n";
  EXPECT_THAT(log, HasSubstr(waiting));
  EXPECT_EQ(log.find(waiting), log.rfind(waiting)) << log;
  EXPECT_THAT(log, HasSubstr("delivered 2 changes in 1 posts in the last minute, 1 tries failed, "
                             "0 changes were set aside; 4 bytes wait\n"));
  EXPECT_THAT(log, HasSubstr("delivered 0 changes in 0 posts in the last minute, 0 tries failed, "
                             "1 changes were set aside; 0 bytes wait\n"));
}

TEST_F(DeliveryTest, OnceWithoutARunIsAnError) {
  EXPECT_THAT(Run().status().message(), HasSubstr("nothing is known to be committed"));
  WriteFile(options_.changes, "1\n");
  EXPECT_THAT(Run().status().message(), HasSubstr("nothing is known to be committed"));
}

TEST_F(DeliveryTest, LeftOutIsSkipped) {
  options_.filter.tenants = {"acme"};
  const std::string other = "{\"tenantId\":\"other\"}\n", ours = "{\"tenantId\":\"acme\"}\n";
  Commit(other + ours + other + ours + other + ours + other);
  Result<DeliverySummary> done = Run();
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->delivered, 3u);
  EXPECT_EQ(done->left_out, 4u);
  EXPECT_EQ(client_.bodies.size(), 2u);
  EXPECT_EQ(lines_delivered_, 7u);
  Commit("no change\n");
  EXPECT_THAT(Run().status().message(), HasSubstr("line 8 is not a change"));
}

// The name may be mistyped: a delivery with the right one must find all changes.
TEST_F(DeliveryTest, WhereNoChangeIsOfTheTenantThePositionStays) {
  options_.filter.tenants = {"acme"};
  Commit("{\"tenantId\":\"other\"}\n{\"tenantId\":\"another\"}\n");
  EXPECT_THAT(Run().status().message(), HasSubstr("none of the 2 changes is of tenant acme, so the position stays"));
  EXPECT_TRUE(client_.bodies.empty());
  options_.filter.tenants = {"other"};
  Result<DeliverySummary> done = Run();
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->delivered, 1u);
  EXPECT_EQ(done->left_out, 1u);
  EXPECT_EQ(lines_delivered_, 2u);
}

TEST_F(DeliveryTest, ABodyIsBounded) {
  options_.batch = 10'000;
  std::string lines;
  for (int i = 0; i < 3000; ++i) lines += "\"" + std::string(998, 'x') + "\"\n";
  Commit(lines);
  ASSERT_TRUE(Run().ok());
  ASSERT_EQ(client_.bodies.size(), 3u);
  EXPECT_LT(client_.bodies.front().size(), (size_t{1} << 20) + 1002);
}

}  // namespace leadpulse::delivery::delivery_test
