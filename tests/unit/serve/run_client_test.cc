// Queries to a run that ends or begins meanwhile.
#include "processor/serve/runs/run_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "processor/base/clock.h"
#include "processor/http/server.h"
#include "processor/serve/queries/query_server.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::serve::run_client_test {

// A run whose one tenant has this name.
class NamedRun : private http::Handler {
 public:
  NamedRun(const std::string& directory, std::string name) : name_(std::move(name)) {
    http::ServerOptions options;
    options.path = QuerySocketIn(directory);
    options.threads = 1;
    auto server = http::Server::Start(options, static_cast<http::Handler*>(this), &clock_);
    EXPECT_TRUE(server.ok()) << server.status().message();
    if (server.ok()) server_ = std::move(*server);
  }

 private:
  http::HeadDecision CheckHead(const http::Request& /*head*/) override { return {.max_body_bytes = 1 << 20}; }
  void Handle(const http::Request& /*request*/, std::function<void(http::Response)> respond) override {
    v1::TenantNames names;
    names.set_name(name_);
    respond({http::kOk, names.SerializeAsString()});
  }

  const SystemClock clock_;
  const std::string name_;
  std::unique_ptr<http::Server> server_;
};

class RunClientTest : public ::testing::Test {
 protected:
  // Returns the name that the run, or the state of a stopped one, answers; else the failure.
  std::string Ask(RunClient* client) {
    const auto answered = client->Names(QueryBy<v1::GetNames>(WholeTenant("acme")));
    const v1::TenantNames* names = AnswerIn(answered);
    return names != nullptr ? names->name() : answered.status().message();
  }
  RunAddress address() const { return {.socket = QuerySocketIn(directory())}; }
  std::string directory() const { return directory_.path().string(); }

  std::atomic<bool> stop_{false};

 private:
  leadpulse::testing::ScratchDirectory directory_;
};

TEST_F(RunClientTest, ARunThatWasStartedAgainAnswersOverANewConnection) {
  RunClient client({address()}, stop_, [](const auto&, const auto&) { return Status::Fatal("the state is not read"); });
  auto run = std::make_unique<NamedRun>(directory(), "first");
  EXPECT_EQ(Ask(&client), "first");
  run.reset();
  run = std::make_unique<NamedRun>(directory(), "second");
  EXPECT_EQ(Ask(&client), "second");
}

TEST_F(RunClientTest, ARunThatBeginsWhileTheStateIsReadAnswers) {
  std::unique_ptr<NamedRun> run;
  RunClient client({address()}, stop_, [&](const auto&, const auto&) -> Result<http::Response> {
    run = std::make_unique<NamedRun>(directory(), "begun");
    return Status::Retriable("a run changes it");
  });
  EXPECT_EQ(Ask(&client), "begun");
}

TEST_F(RunClientTest, AStateThatARunIsTakingOverIsReadAgain) {
  int reads = 0;
  RunClient client({address()}, stop_, [&](const auto&, const auto&) -> Result<http::Response> {
    if (++reads < 3) return Status::Retriable("a run changes it");
    v1::TenantNames names;
    names.set_name("stored");
    return http::Response{http::kOk, names.SerializeAsString()};
  });
  EXPECT_EQ(Ask(&client), "stored");
}

TEST_F(RunClientTest, AStateThatNobodyCanReadFailsAtOnce) {
  int reads = 0;
  RunClient client({address()}, stop_, [&](const auto&, const auto&) -> Result<http::Response> {
    ++reads;
    return Status::Fatal("it is of a later version");
  });
  EXPECT_NE(Ask(&client).find("it is of a later version"), std::string::npos);
  EXPECT_EQ(reads, 1);
}

TEST_F(RunClientTest, NobodyIsAskedAgainByAFrontThatStops) {
  int reads = 0;
  RunClient client({address()}, stop_, [&](const auto&, const auto&) -> Result<http::Response> {
    ++reads;
    stop_ = true;
    return Status::Retriable("a run changes it");
  });
  EXPECT_NE(Ask(&client).find("a run changes it"), std::string::npos);
  EXPECT_EQ(reads, 1);
}

}  // namespace leadpulse::serve::run_client_test
