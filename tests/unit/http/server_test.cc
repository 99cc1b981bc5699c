// The server from the view of its clients.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "processor/base/durable_files.h"
#include "processor/base/file_descriptor.h"
#include "processor/http/request_head.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/http/server_fixture.h"

namespace leadpulse::http::server_test {

using leadpulse::testing::HttpClient;
using leadpulse::testing::Post;
using leadpulse::testing::PostOf;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(ServerTest, APostIsHandedOverWhole) {
  StartServer();
  const std::string answer = Post(server_->port(), "/a?query=1", std::string(100'000, 'x'),
                                  "Content-Type: application/json\r\nX-Signature: s\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n100000 application/json s query=1\n"));
  const std::string chunked =
      Ask("POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
          "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_THAT(chunked, HasSubstr("\r\n\r\n5  \n"));
  EXPECT_THAT(Post(server_->port(), "/a", ""), HasSubstr("\r\n\r\n0  \n"));
  ExpectNothingHeld();
}

TEST_F(ServerTest, BlanksAroundAHeaderAreNotPartOfIt) {
  StartServer();
  const std::string answer =
      Post(server_->port(), "/a", "x", "Content-Type:text/plain \t\r\nX-Signature: \t a b  \r\n");
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n1 text/plain a b\n"));
}

TEST_F(ServerTest, TheHandlerIsToldWhereARequestComesFrom) {
  StartServer();
  ExpectServed();
  EXPECT_EQ(handler_.client(), "127.0.0.1");
}

TEST(ClientOfTest, AnIpv6ClientIsItsNetwork) {
  const auto client = [](const char* address) {
    sockaddr_in6 from{};
    from.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, address, &from.sin6_addr), 1);
    return ClientOf(reinterpret_cast<const sockaddr*>(&from));
  };
  EXPECT_EQ(client("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(client("2001:db8:1:2:ffff::1"), "2001:db8:1:2::");
  EXPECT_NE(client("2001:db8:1:3::1"), client("2001:db8:1:2::1"));
  EXPECT_EQ(client("::ffff:192.0.2.7"), "::ffff:192.0.2.7");
}

TEST(ClientOfTest, ASocketInTheFileSystemHasNone) {
  sockaddr_un from{};
  from.sun_family = AF_UNIX;
  EXPECT_EQ(ClientOf(reinterpret_cast<const sockaddr*>(&from)), "");
}

// Returns the client of a request from `peer` with these headers, if the proxies are 10.0.0.0/8, 192.0.2.9 and
// fd00::/8.
std::string ClientBehind(const char* peer, const std::vector<const char*>& forwarded) {
  const auto proxies = TrustedProxies::Parse({"10.0.0.0/8", "192.0.2.9", "fd00::/8"});
  std::vector<Header> headers = {{"Host", "x"}};
  for (const char* value : forwarded) headers.push_back({"X-Forwarded-For", value});
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  if (inet_pton(AF_INET, peer, &ipv4.sin_addr) == 1) {
    return proxies->ClientOf(reinterpret_cast<const sockaddr*>(&ipv4), headers);
  }
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, peer, &ipv6.sin6_addr), 1);
  return proxies->ClientOf(reinterpret_cast<const sockaddr*>(&ipv6), headers);
}

TEST(TrustedProxiesTest, TheClientIsWhomTheLastTrustedProxyHasSeen) {
  const struct {
    const char* peer;
    std::vector<const char*> forwarded;
    const char* client;
  } cases[] = {
      {"203.0.113.7", {"198.51.100.1"}, "203.0.113.7"},  // a stranger who names another client
      {"10.1.2.3", {}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.1"}, "198.51.100.1"},
      {"::ffff:10.1.2.3", {"198.51.100.1"}, "198.51.100.1"},
      {"192.0.2.9", {"198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
      {"192.0.2.8", {"198.51.100.1"}, "192.0.2.8"},
      {"10.1.2.3", {"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},  // the client has written the first one
      {"10.1.2.3", {"1.1.1.1", "198.51.100.1,10.0.0.1"}, "198.51.100.1"},
      {"10.1.2.3", {"1.1.1.1, unknown, 10.0.0.1"}, "10.0.0.1"},
      {"10.1.2.3", {""}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.1:4711"}, "198.51.100.1"},
      {"fd00::1", {"2001:db8:1:2:3::4"}, "2001:db8:1:2::"},
      {"fd00::1", {"[2001:db8:1:2:3::4]:4711"}, "2001:db8:1:2::"},
      {"fd00::1", {"["}, "fd00::"},
  };
  for (const auto& c : cases) EXPECT_EQ(ClientBehind(c.peer, c.forwarded), c.client) << c.peer;
  for (const char* wrong : {"", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/x", "host", "10.0.0.0/-1"}) {
    EXPECT_FALSE(TrustedProxies::Parse({wrong}).ok()) << wrong;
  }
}

TEST_F(ServerTest, WhatIsNoPostToOneOfOurPathsIsRefused) {
  StartServer();
  EXPECT_THAT(Post(server_->port(), "/b", "x"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  for (const std::string method : {"GET", "PUT", "DELETE"}) {
    const std::string answer = Ask(method + " /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: POST, HEAD\r\n")) << method;
  }
  EXPECT_THAT(Ask("POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 411 "));
  EXPECT_THAT(Post(server_->port(), "/a", "x", "Content-Encoding: gzip\r\n"), StartsWith("HTTP/1.1 415 "));
  EXPECT_EQ(handler_.refused(405), 3u);
  EXPECT_EQ(handler_.refused(404), 1u);
  ExpectNothingHeld();
}

// Larger than the limits of bodies in memory.
TEST_F(ServerTest, ABodyGoesToItsSink) {
  ServerOptions options;
  options.bodies.one = 10;
  options.bodies.all = 20;
  StartServer(options);
  EXPECT_THAT(Post(server_->port(), "/sink", std::string(5'000'000, 'x')), HasSubstr("\r\n\r\n5000000 in the sink\n"));
  EXPECT_THAT(Post(server_->port(), "/sink", std::string(1'000'000, 'x') + "!"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(Ask("POST /sink HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 20971521\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  {
    HttpClient cut(server_->port());
    cut.Send("POST /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
  }
  ExpectNothingHeld();
  EXPECT_EQ(handler_.sinks, 0);
}

TEST_F(ServerTest, AnAnswerIsAFile) {
  const testing::ScratchDirectory scratch;
  const std::string path = scratch / "file", content(3'000'000, 'x');
  ASSERT_TRUE(WriteDurableFile(path, content).ok());
  StartServer();
  auto file = std::make_shared<ResponseFile>();
  file->file = FileDescriptor(open(path.c_str(), O_RDONLY));
  file->bytes = content.size();
  Response answer;
  answer.file = file;
  handler_.SetFile(std::move(answer));
  file.reset();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Ask("GET /file HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                AllOf(HasSubstr("\r\nContent-Length: 3000000\r\n"), EndsWith("\r\n\r\n" + content)));
  }
  ExpectNothingHeld();
}

TEST_F(ServerTest, ABodyThatNobodyWantsIsDiscarded) {
  ServerOptions options;
  options.bodies.one = 10;
  StartServer(options);
  const std::string answer = Post(server_->port(), "/discarded", std::string(1 << 20, 'x'));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n0  \n"));
  EXPECT_THAT(Ask("GET /discarded?a=%2F&b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              HasSubstr("0   a=%2F&b\n"));
  ExpectNothingHeld();
}

TEST_F(ServerTest, WrongLengthsAreErrorsAndHarmNobody) {
  ServerOptions options;
  options.bodies.one = 1000;
  options.timeout = std::chrono::seconds(1);
  StartServer(options);
  const auto with_length = [](const std::string& length) {
    return "POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " + length + "\r\n\r\nhello";
  };
  for (const std::string length : {"-1", "x", "0x5", "1 2", "99999999999999999999999", "18446744073709551615"}) {
    EXPECT_THAT(Ask(with_length(length)), ::testing::Not(StartsWith("HTTP/1.1 2"))) << length;
  }
  EXPECT_THAT(Ask(with_length("1001")), StartsWith("HTTP/1.1 413 "));
  // A body shorter than announced: the server waits for the rest.
  HttpClient half(server_->port());
  half.Send(with_length("10"));
  half.EndSending();
  HttpClient silent(server_->port());
  silent.Send(with_length("10"));
  for (int i = 0; i < 30; ++i) {
    server_->CloseLate();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_THAT(half.ReadAll(), ::testing::Not(StartsWith("HTTP/1.1 2")));
  EXPECT_THAT(silent.ReadAll(), ::testing::Not(HasSubstr("(timed out)")));
  ExpectServed();
  ExpectNothingHeld();
}

TEST_F(ServerTest, ABodyInChunksMayNotBeLongerEither) {
  ServerOptions options;
  options.bodies.one = 1000;
  StartServer(options);
  HttpClient client(server_->port());
  client.Send("POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i) client.Send("64\r\n" + std::string(100, 'x') + "\r\n");
  client.Send("0\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(handler_.refused(413), 1u);
  ExpectNothingHeld();
}

TEST_F(ServerTest, ABodyLongerThanItsPathAllowsIsNotRead) {
  StartServer();
  EXPECT_THAT(Post(server_->port(), "/short", "0123456789"), StartsWith("HTTP/1.1 200 "));
  const std::string announced = "POST /short HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n";
  EXPECT_THAT(Ask(announced), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Ask(announced), HasSubstr("a body may have at most 10 bytes"));
  EXPECT_THAT(Ask("POST /short HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "b\r\n01234567890\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(handler_.refused(413), 3u);
  ExpectNothingHeld();
}

// If a proxy and the server disagree about the end of a request, the rest is a request that the proxy never saw.
TEST_F(ServerTest, ARequestWhoseEndIsNotSureIsRefused) {
  StartServer();
  const std::string hidden = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  for (const std::string headers : {
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5, 6\r\n",
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n",
           "Content-Length : 9\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nX\tY: z\r\n",
           "Content-Length: 5\r\n : 7\r\n",
       }) {
    const std::string answer = Ask("POST /a HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n0\r\n\r\n" + hidden);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << headers;
    EXPECT_THAT(answer, ::testing::Not(HasSubstr(" 200 OK"))) << headers << answer;
  }
  EXPECT_THAT(Ask("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), HasSubstr(" 400 "));
  EXPECT_THAT(Ask("POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\ntransfer-encoding: Chunked\r\n\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
  ExpectNothingHeld();
}

TEST_F(ServerTest, APathThatIsReadInTwoWaysIsRefused) {
  StartServer();
  for (const std::string path :
       {"/a%00", "/a%00b", "/%00", "%2Fa", "%2fa", "/x%2F..%2Fa", "/a%", "/a%2", "/a%zz", "/%"}) {
    EXPECT_THAT(Post(server_->port(), path, "x"), StartsWith("HTTP/1.1 400 ")) << path;
  }
  EXPECT_THAT(Post(server_->port(), "/%61", "x"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Post(server_->port(), "/%61%20", "x"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Post(server_->port(), "/a?next=%2F%00", "x"), StartsWith("HTTP/1.1 200 "));
  ExpectNothingHeld();
}

TEST_F(ServerTest, EscapedSlashesAreNulsWhereTheyAreTaken) {
  ServerOptions options;
  options.takes_escaped_slashes = true;
  StartServer(options);
  for (const std::string path : {"/a%00", "/%", "/a%zz"}) {
    EXPECT_THAT(Post(server_->port(), path, "x"), StartsWith("HTTP/1.1 400 ")) << path;
  }
  for (const std::string path : {"%2Fa", "/%2fa", "/a%2F"}) {
    EXPECT_THAT(Post(server_->port(), path, "x"), StartsWith("HTTP/1.1 404 ")) << path;
  }
  ExpectNothingHeld();
}

TEST_F(ServerTest, HeadersBeyondTheirRoomAreRefused) {
  StartServer();
  std::string flood = "POST /a HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 20'000; ++i) flood += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_THAT(Ask(flood + "Content-Length: 0\r\n\r\n"), ::testing::Not(StartsWith("HTTP/1.1 2")));
  EXPECT_THAT(Post(server_->port(), "/a", "x", "X: " + std::string(1 << 20, 'y') + "\r\n"),
              ::testing::Not(StartsWith("HTTP/1.1 2")));
  ExpectServed();
}

TEST_F(ServerTest, SeveralRequestsOnOneConnection) {
  StartServer();
  HttpClient client(server_->port());
  const std::string one = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  client.Send(one + one + PostOf("/a", "c"));
  const std::string answers = client.ReadAll();
  EXPECT_THAT(answers, HasSubstr("\r\n\r\n2  \nHTTP/1.1 200 OK"));
  EXPECT_THAT(answers, ::testing::EndsWith("\r\n\r\n1  \n"));
}

TEST_F(ServerTest, ACertificateThatIsNoneIsNamed) {
  ServerOptions options;
  options.certificate = options.key = "-----BEGIN NONSENSE-----";
  const auto server = Server::Start(options, &handler_, &clock_);
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.status().message(), HasSubstr("certificate and key"));
}

}  // namespace leadpulse::http::server_test
