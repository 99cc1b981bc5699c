// The server under load: slow clients, waiting requests, bodies that take all memory, and a stop.
#include <deque>

#include "tests/unit/http/server_fixture.h"

namespace leadpulse::http::server_load_test {

using leadpulse::testing::HttpClient;
using leadpulse::testing::Post;
using leadpulse::testing::PostOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(ServerTest, SlowClientsKeepNobodyOut) {
  ServerOptions options;
  options.connections = 16;
  options.timeout = std::chrono::seconds(600);
  StartServer(options);
  std::deque<HttpClient> slow;
  for (int i = 0; i < 100; ++i) {
    HttpClient& client = slow.emplace_back(server_->port());
    if (i % 3 == 0) client.Send("POST /a HTTP/1.1\r\nHo");
    if (i % 3 == 1) client.Send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\nabc");
    if (i % 10 == 0) ExpectServed();
  }
  for (int i = 0; i < 20; ++i) ExpectServed();
  EXPECT_EQ(slow.front().ReadAll(), "");
  EXPECT_LE(server_->connections(), 16u + 64u);
}

TEST_F(ServerTest, WhoTakesTooLongIsClosed) {
  ServerOptions options;
  options.timeout = std::chrono::seconds(1);
  StartServer(options);
  HttpClient slow(server_->port(), 5);
  slow.Send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
  // The connection is never silent for a second, and never finished.
  bool open = true;
  for (int i = 0; i < 40 && open; ++i) {
    open = slow.Send("x");
    server_->CloseLate();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_FALSE(open);
  ExpectNothingHeld();
}

TEST_F(ServerTest, WhereBodiesTakeAllRoomTheLargestMakesWay) {
  ServerOptions options;
  options.bodies = {1 << 20, 2 << 20};
  StartServer(options);
  std::deque<HttpClient> endless;
  for (int i = 0; i < 8; ++i) {
    HttpClient& client = endless.emplace_back(server_->port());
    client.Send("POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" +
                std::string(900'000, 'x'));
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Post(server_->port(), "/a", std::string(100'000, 'y')), StartsWith("HTTP/1.1 200 "));
    EXPECT_LE(server_->body_bytes(), options.bodies.all);
  }
  // Clients that were closed get a status once their request is complete.
  int unavailable = 0;
  for (HttpClient& client : endless) {
    client.Send(std::string(100'000, 'x'));
    const std::string answer = client.ReadAll();
    if (!answer.starts_with("HTTP/1.1 503 ")) continue;
    ++unavailable;
    EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 5\r\n"));
  }
  EXPECT_GE(unavailable, 6);
  ExpectNothingHeld();
}

TEST_F(ServerTest, RequestsThatWaitForTheDiskTakeNoThread) {
  ServerOptions options;
  options.threads = 1;
  StartServer(options);
  handler_.Hold();
  std::deque<HttpClient> waiting;
  for (int i = 0; i < 50; ++i) waiting.emplace_back(server_->port()).Send(PostOf("/a", "hello"));
  handler_.WaitForTaken(50);
  EXPECT_THAT(Post(server_->port(), "/b", "x"), StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(server_->requests(), 50u);
  EXPECT_EQ(server_->body_bytes(), 0u);
  handler_.LetGo();
  for (HttpClient& client : waiting) EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 200 "));
  ExpectNothingHeld();
}

TEST_F(ServerTest, AStopEndsWhatIsUnderWayAndTakesNothingNew) {
  StartServer();
  HttpClient before(server_->port());
  handler_.Hold();
  HttpClient waits(server_->port());
  waits.Send(PostOf("/a", "hello"));
  handler_.WaitForTaken(1);
  server_->StopListening();
  before.Send(PostOf("/a", "hello"));
  EXPECT_THAT(before.ReadAll(), StartsWith("HTTP/1.1 503 "));
  EXPECT_FALSE(HttpClient(server_->port()).connected());
  handler_.LetGo();
  EXPECT_THAT(waits.ReadAll(), StartsWith("HTTP/1.1 200 "));
  HttpClient late(server_->port());
  server_.reset();
}

// The operators' server of a process answers even if all threads of another server of the process are blocked.
TEST_F(ServerTest, ServersOfAProcessShareNoThread) {
  ServerOptions options;
  options.threads = 2;
  StartServer(options);
  EchoHandler others;
  const auto other = Server::Start({}, &others, &clock_);
  ASSERT_TRUE(other.ok());
  std::deque<HttpClient> blocked;
  const std::unique_lock<std::mutex> block = handler_.Block();
  for (int i = 0; i < 8; ++i) blocked.emplace_back(server_->port()).Send(PostOf("/a", "hello"));
  EXPECT_EQ(HttpClient(server_->port(), 1).ReadAll(), "(timed out)");
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Post((*other)->port(), "/a", "x"), StartsWith("HTTP/1.1 200 "));
}

}  // namespace leadpulse::http::server_load_test
