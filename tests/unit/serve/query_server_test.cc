// Strangers at the query service of a run over TCP.
#include "processor/serve/queries/query_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "tests/support/http_client.h"
#include "tests/support/queried_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::serve::query_server_test {

using leadpulse::testing::HttpClient;
using leadpulse::testing::Post;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kToken[] = "0123456789abcdef0123456789abcdef";
constexpr char kDefinitions[] = "tenants: {acme: {tiers: [{name: all}]}}\n";
constexpr char kRecord[] =
    R"({"event":{"tenantId":"acme","leadId":"ann","eventId":"e","type":"OPEN","occurredAt":"2026-03-01T10:00:00Z"}})";
constexpr const char* kPaths[] = {
    "/leads/get",        "/leads/find",    "/leads/explain",  "/leads/timeline",   "/leads/export", "/leads/count",
    "/leads/duplicates", "/leads/opt-out", "/leads/pipeline", "/segments/preview", "/reports/make", "/definitions/get",
    "/contacts/preview", "/leads/users",   "/leads/sendable", "/records/outcomes", "/changes/read", "/partitions/ask"};

std::string Bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

class QueryServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    QueryAddress address;
    address.address = "127.0.0.1";
    address.token = kToken;
    auto server = QueryServer::Start(directory_ / "", address,
                                     {store_.get(), nullptr, &feed_, &erasures_, nullptr, nullptr, &clock_});
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(*server);
    ASSERT_NE(server_->port(), 0);
  }
  std::string Ask(const std::string& path, const std::string& body, const std::string& headers = Bearer(kToken)) {
    return Post(server_->port(), path, body, headers);
  }
  // Sends the bytes as they are.
  std::string Send(const std::string& bytes) {
    HttpClient client(server_->port());
    client.Send(bytes);
    client.EndSending();
    return client.ReadAll();
  }
  static std::string QueryOfAnn() {
    v1::GetLead query;
    query.mutable_caller()->set_tenant_id("acme");
    query.set_lead_id("ann");
    return query.SerializeAsString();
  }
  void ExpectServed() { EXPECT_THAT(Ask("/leads/get", QueryOfAnn()), StartsWith("HTTP/1.1 200 ")); }

  const leadpulse::testing::ScratchDirectory directory_;
  const std::unique_ptr<state::LeadStore> store_ = leadpulse::testing::MakeQueriedStore(kDefinitions, {kRecord}, {}, 2);
  SystemClock clock_;
  RecentErasures erasures_;
  pipeline::ChangeFeed feed_{pipeline::FeedLimits()};
  std::unique_ptr<QueryServer> server_;
};

TEST_F(QueryServerTest, AWrongTokenIsRefusedHoweverOftenItIsTried) {
  const std::string token = kToken;
  std::vector<std::string> wrong = {"",
                                    "Authorization: \r\n",
                                    "Authorization: " + token + "\r\n",
                                    "Authorization: Basic " + token + "\r\n",
                                    "X-Authorization: Bearer " + token + "\r\n",
                                    Bearer("x") + Bearer(token)};  // the first counts
  for (size_t i = 0; i < token.size(); ++i) wrong.push_back(Bearer(token.substr(0, i)));
  for (const char* end : {"0", "\t0", "%00"}) wrong.push_back(Bearer(token + end));
  for (int i = 0; i < 1'000; ++i) {
    std::string guess = token;
    guess[static_cast<size_t>(i) % guess.size()] ^= static_cast<char>(1 + i / 32 % 7);
    wrong.push_back(Bearer(guess));
  }
  for (size_t i = 0; i < wrong.size(); ++i) {
    const std::string answer = Ask(kPaths[i % std::size(kPaths)], QueryOfAnn(), wrong[i]);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 ")) << wrong[i];
    EXPECT_THAT(answer, HasSubstr("the token is missing or wrong")) << wrong[i];
    EXPECT_THAT(answer, Not(HasSubstr(token))) << wrong[i];
    if (i % 100 == 0) ExpectServed();  // a front with the token is not delayed
  }
}

TEST_F(QueryServerTest, ABodyIsNotReadWithoutTheToken) {
  HttpClient stranger(server_->port());
  stranger.Send("POST /leads/get HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_THAT(stranger.ReadAll(), StartsWith("HTTP/1.1 401 "));
  // Not even the paths are revealed.
  EXPECT_THAT(Ask("/nothing", "", ""), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(Ask("/nothing", ""), StartsWith("HTTP/1.1 404 "));
}

TEST_F(QueryServerTest, NothingSentBecomesAHeaderOrASecondRequest) {
  const std::string head = "POST /leads/get HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + Bearer(kToken);
  const std::string body = QueryOfAnn();
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  for (const std::string& more : {std::string("X: a\rSet-Cookie: x=1\r\n"), std::string("X: a\nSet-Cookie: x=1\r\n"),
                                  std::string("X: a\x01\r\n"), std::string("Set-Cookie: x=1\r\n")}) {
    EXPECT_THAT(Send(head + more + length + "\r\n" + body), Not(HasSubstr("x=1"))) << more;
  }
  for (const std::string& two : {length + "Content-Length: 3\r\n", length + "Transfer-Encoding: chunked\r\n",
                                 std::string("Transfer-Encoding: gzip, chunked\r\n"), "Content-Length : 2\r\n" + length,
                                 std::string("Content-Length: -1\r\n")}) {
    EXPECT_THAT(Send(head + two + "\r\n" + body), AnyOf("", StartsWith("HTTP/1.1 400 "))) << two;
  }
  for (const char* path : {"/leads%2Fget", "/leads/get%00", "/leads/get%0d%0aSet-Cookie:x=1", "/leads/get/../find"}) {
    const std::string answer = Ask(path, body);
    EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 400 "), StartsWith("HTTP/1.1 404 "))) << path;
    EXPECT_THAT(answer, Not(HasSubstr("x=1"))) << path;
  }
  ExpectServed();
}

TEST_F(QueryServerTest, BodiesOfAnyBytesAreRefusedOrAnswered) {
  std::mt19937 dice(20'261'125);
  ::testing::internal::CaptureStderr();
  v1::FindLeads find;
  find.mutable_caller()->set_tenant_id("acme");
  find.set_limit(9);
  find.set_rule("score > 0");
  find.set_cursor("2-00");
  v1::PartitionQuery asked;
  asked.set_path("/leads/find");
  asked.set_query(find.SerializeAsString());
  const std::string good[] = {QueryOfAnn(), find.SerializeAsString(), asked.SerializeAsString(), ""};
  for (int i = 0; i < 1'000; ++i) {
    std::string body = good[dice() % std::size(good)];
    for (size_t n = dice() % 4; n > 0; --n) {
      const size_t at = dice() % (body.size() + 1);
      body.insert(at, 1, static_cast<char>(dice() % 256));
      body.erase(dice() % body.size(), dice() % 3);
    }
    const std::string answer = Ask(kPaths[dice() % std::size(kPaths)], body);
    EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 200 "), StartsWith("HTTP/1.1 400 "), StartsWith("HTTP/1.1 404 "),
                              StartsWith("HTTP/1.1 410 ")))
        << i;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");  // nobody can fill the log
  EXPECT_THAT(Ask("/leads/get", std::string((1 << 20) + 1, 'x')), AnyOf("", StartsWith("HTTP/1.1 413 ")));
  ExpectServed();
}

TEST_F(QueryServerTest, IdleAndSlowClientsKeepNoFrontOut) {
  constexpr size_t kIdle = 10'000;
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit before = files;
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, std::max<rlim_t>(files.rlim_cur, kIdle + 2'000));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  ASSERT_GE(files.rlim_cur, kIdle + 2'000);
  {
    std::deque<HttpClient> idle;
    for (size_t i = 0; i < kIdle; ++i) {
      HttpClient& client = idle.emplace_back(server_->port());
      ASSERT_TRUE(client.connected()) << i;
      if (i % 3 == 1) client.Send("POST /leads/get HTTP/1.1\r\nHo");
      if (i % 3 == 2) {  // has the token, and never sends its query
        client.Send("POST /leads/get HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n" + Bearer(kToken) + "\r\nabc");
      }
      if (i % 500 == 0) ExpectServed();
    }
    for (int i = 0; i < 20; ++i) ExpectServed();
    EXPECT_EQ(idle.front().ReadAll(), "");
  }
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

// The client repeats its query, and never reads an answer.
TEST_F(QueryServerTest, AClientThatDoesNotReadKeepsNoFrontOut) {
  std::deque<HttpClient> deaf;
  for (int i = 0; i < 20; ++i) {
    HttpClient& client = deaf.emplace_back(server_->port(), 1);
    const std::string one = "POST /leads/get HTTP/1.1\r\nHost: h\r\n" + Bearer(kToken) +
                            "Content-Length: " + std::to_string(QueryOfAnn().size()) + "\r\n\r\n" + QueryOfAnn();
    std::string many;
    for (int n = 0; n < 500; ++n) many += one;
    client.Send(many);
    ExpectServed();
  }
}

}  // namespace leadpulse::serve::query_server_test
