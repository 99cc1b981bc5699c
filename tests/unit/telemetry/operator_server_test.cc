// The server from the view of its clients: raw sockets, polite ones and others.
#include "processor/telemetry/operator_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "processor/telemetry/metrics_page.h"
#include "tests/support/http_client.h"
#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::telemetry::operator_server_test {

using leadpulse::testing::HttpClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class OperatorServerTest : public ::testing::Test {
 protected:
  void StartServer(OperatorServerOptions options = {}) {
    Result<std::unique_ptr<OperatorServer>> server = OperatorServer::Start(
        options,
        {[] { return std::string("a 1\n"); }, [this] { return Locked(health_); }, [this] { return Locked(ready_); }});
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(*server);
  }
  Status Locked(const Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return status;
  }
  std::string Ask(const std::string& method, const std::string& path, const std::string& rest = "") {
    HttpClient client(server_->port());
    client.Send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + rest + "\r\n");
    return client.ReadAll();
  }

  std::mutex mutex_;
  Status health_;
  Status ready_;
  std::unique_ptr<OperatorServer> server_;
};

TEST_F(OperatorServerTest, ServesItsThreePages) {
  StartServer();
  EXPECT_NE(server_->port(), 0);
  const std::string metrics = Ask("GET", "/metrics");
  EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(metrics, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(metrics, EndsWith("\r\n\r\na 1\n"));
  EXPECT_THAT(Ask("GET", "/healthz"), EndsWith("\r\n\r\nok\n"));
  EXPECT_THAT(Ask("GET", "/readyz?verbose=1"), EndsWith("\r\n\r\nready\n"));
}

TEST_F(OperatorServerTest, SaysWhatIsWrongWhereSomethingIs) {
  StartServer();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    health_ = Status::Fatal("worker 2 has not made progress for 60 seconds");
    ready_ = Status::Retriable("restoring: 3 of 12 partitions, 4711 offsets to go");
  }
  const std::string health = Ask("GET", "/healthz");
  EXPECT_THAT(health, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(health, EndsWith("\r\n\r\nworker 2 has not made progress for 60 seconds\n"));
  EXPECT_THAT(Ask("GET", "/readyz"), EndsWith("4711 offsets to go\n"));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ready_ = Status::Ok();
  }
  EXPECT_THAT(Ask("GET", "/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(OperatorServerTest, AHeadHasTheHeadersAndNoBody) {
  StartServer();
  const std::string head = Ask("HEAD", "/metrics");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 4\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
}

TEST_F(OperatorServerTest, OtherMethodsAndPathsAreRefused) {
  StartServer();
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const std::string answer = Ask(method, "/metrics");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
  }
  EXPECT_THAT(Ask("BREW", "/metrics"), StartsWith("HTTP/1.1 501 "));
  EXPECT_THAT(Ask("POST", "/metrics", "Content-Length: 1000000\r\n"), StartsWith("HTTP/1.1 405 "));
  const std::string with_body = Ask("GET", "/metrics", "Content-Length: 5\r\n\r\nhello");
  EXPECT_THAT(with_body, StartsWith("HTTP/1.1 200 "));
  for (const std::string path : {"/", "/metrics/", "/metric", "/../metrics", "*"}) {
    EXPECT_THAT(Ask("GET", path), StartsWith("HTTP/1.1 404 ")) << path;
  }
  EXPECT_THAT(Ask("POST", "/"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(OperatorServerTest, SeveralRequestsOnOneConnection) {
  StartServer();
  HttpClient client(server_->port());
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: h\r\n";
  client.Send(request + "\r\n" + request + "\r\n" + request + "Connection: close\r\n\r\n");
  const std::string answers = client.ReadAll();
  size_t count = 0;
  for (size_t at = 0; (at = answers.find("HTTP/1.1 200 OK", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 3u) << answers;
}

TEST_F(OperatorServerTest, GarbageIsAnErrorAndHarmsNobody) {
  OperatorServerOptions options;
  options.idle_timeout = std::chrono::seconds(1);  // some of it looks like the beginning of a request
  StartServer(options);
  std::string bytes;
  for (int i = 0; i < 3000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
  const std::string long_line = "GET /" + std::string(1 << 20, 'a') + " HTTP/1.1\r\n\r\n";
  const std::string long_header = "GET /metrics HTTP/1.1\r\nHost: h\r\nX: " + std::string(1 << 20, 'a') + "\r\n\r\n";
  for (const std::string& garbage : {bytes, std::string(5000, '\0'), std::string("\r\n\r\n\r\n"),
                                     std::string("GET\r\n\r\n"), std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9),
                                     long_line, long_header, std::string("GET /metrics HTTP/9.9\r\n\r\n")}) {
    HttpClient client(server_->port());
    client.Send(garbage);
    const std::string answer = client.ReadAll();
    EXPECT_THAT(answer, ::testing::Not(StartsWith("HTTP/1.1 200"))) << garbage.substr(0, 40);
    EXPECT_NE(answer, "(timed out)") << garbage.substr(0, 40);
  }
  EXPECT_THAT(Ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
}

// The idle timeout is longer than a client's timeout here: nobody is served only because another connection was
// closed.
TEST_F(OperatorServerTest, ASlowClientDelaysNobody) {
  OperatorServerOptions options;
  options.idle_timeout = std::chrono::seconds(600);
  StartServer(options);
  std::deque<HttpClient> slow;
  for (int i = 0; i < 20; ++i) slow.emplace_back(server_->port()).Send("G");
  std::deque<HttpClient> deaf;  // sends a request, and never reads the answer
  for (int i = 0; i < 20; ++i) {
    HttpClient& client = deaf.emplace_back(server_->port());
    for (int request = 0; request < 200; ++request) client.Send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  for (int i = 0; i < 50; ++i) EXPECT_THAT(Ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
  // The slow clients are not forgotten.
  slow.front().Send("ET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(slow.front().ReadAll(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(OperatorServerTest, IdleConnectionsMakeWayForTheNextRequest) {
  OperatorServerOptions options;
  options.idle_timeout = std::chrono::seconds(600);
  options.connections = 16;
  StartServer(options);
  std::deque<HttpClient> idle;
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(idle.emplace_back(server_->port()).connected());
    if (i % 20 == 0) {
      EXPECT_THAT(Ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 ")) << i;
    }
  }
  for (int i = 0; i < 50; ++i) EXPECT_THAT(Ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 ")) << i;
  // The oldest connection was closed, and the newest is served.
  EXPECT_EQ(idle.front().ReadAll(), "");
  idle.back().Send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(idle.back().ReadAll(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(OperatorServerTest, WhoIsSilentIsClosed) {
  OperatorServerOptions options;
  options.idle_timeout = std::chrono::seconds(1);
  StartServer(options);
  HttpClient silent(server_->port());
  HttpClient begun(server_->port());
  begun.Send("GET /metr");
  // With an answer (408) or without one.
  EXPECT_NE(silent.ReadAll(), "(timed out)");
  EXPECT_NE(begun.ReadAll(), "(timed out)");
}

TEST_F(OperatorServerTest, ManyAtOnce) {
  StartServer();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int request = 0; request < 100; ++request) good += Ask("GET", "/metrics").starts_with("HTTP/1.1 200 ");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 800);
}

TEST_F(OperatorServerTest, ATakenPortIsNamed) {
  StartServer();
  OperatorServerOptions options;
  options.port = server_->port();
  const auto other = OperatorServer::Start(options, {});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.status().message(),
            "cannot listen on 127.0.0.1:" + std::to_string(options.port) +
                ": another program has the port; choose another one (0 takes any that is free)");
  server_.reset();
  StartServer(options);  // at once
  EXPECT_THAT(Ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(OperatorServerTest, AddressesThatAreNotOurs) {
  OperatorServerOptions options;
  options.address = "192.0.2.1";  // RFC 5737: belongs to nobody
  EXPECT_THAT(OperatorServer::Start(options, {}).status().message(),
              HasSubstr("this machine does not have the address"));
  options.address = "localhost";
  EXPECT_THAT(OperatorServer::Start(options, {}).status().message(),
              HasSubstr("that is no address, such as 127.0.0.1"));
}

// On a machine without IPv6 the message has the address as it is written in front of a port.
TEST_F(OperatorServerTest, AnAddressMayBeIPv6) {
  OperatorServerOptions options;
  options.address = "::1";
  const Result<std::unique_ptr<OperatorServer>> server = OperatorServer::Start(options, {});
  if (!server.ok()) {
    EXPECT_THAT(server.status().message(), StartsWith("cannot listen on [::1]:"));
    return;
  }
  const int client = socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons((*server)->port());
  address.sin6_addr = in6addr_loopback;
  EXPECT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(client);
}

TEST_F(OperatorServerTest, EndsWithConnectionsOpen) {
  StartServer();
  HttpClient idle(server_->port());
  HttpClient begun(server_->port());
  begun.Send("GET /metrics HTTP/1.1\r\n");
  EXPECT_THAT(Ask("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
  server_.reset();
  EXPECT_EQ(idle.ReadAll(), "");
}

TEST_F(OperatorServerTest, AMetricsPageOverTheWire) {
  MetricsPage page;
  page.Add({"a_total", "A.", MetricType::kCounter, {{"worker", "0"}}, [] { return 7; }});
  auto server =
      OperatorServer::Start({}, {[&] { return page.Text(); }, [] { return Status(); }, [] { return Status(); }});
  ASSERT_TRUE(server.ok());
  server_ = std::move(*server);
  const std::string answer = Ask("GET", "/metrics");
  const std::map<std::string, ParsedFamily> families = ParseMetrics(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_EQ(families.at("a_total").samples.at("worker=\"0\""), 7);
}

}  // namespace leadpulse::telemetry::operator_server_test
