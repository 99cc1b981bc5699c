// Streamed answers: the buffer alone, and a server whose clients read them.
#include "processor/http/response_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/clock.h"
#include "processor/http/server.h"
#include "tests/support/http_client.h"

namespace leadpulse::http::response_stream_test {

using leadpulse::testing::HttpClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using Written = ResponseStream::Written;
using State = ResponseStream::State;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST(ResponseStreamTest, WaitsWhenEmptyAndIsResumedOnce) {
  ResponseStream stream(100);
  int suspended = 0, resumed = 0;
  const auto take = [&](char* to, size_t size) {
    return stream.Take(
        to, size, [&] { ++suspended; }, [&] { ++resumed; });
  };
  char to[4];
  EXPECT_EQ(take(to, 4).state, State::kWait);
  EXPECT_EQ(suspended, 1);
  EXPECT_EQ(resumed, 0);
  EXPECT_EQ(stream.Write("abcdef"), Written::kTaken);
  EXPECT_EQ(stream.Write("gh"), Written::kTaken);
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(take(to, 4).size, 4u);
  EXPECT_EQ(std::string(to, 4), "abcd");
  stream.Close();
  EXPECT_EQ(stream.Write("i"), Written::kEnded);
  EXPECT_EQ(take(to, 4).size, 4u);
  EXPECT_EQ(std::string(to, 4), "efgh");
  EXPECT_EQ(take(to, 4).state, State::kEnd);
  EXPECT_EQ(suspended, 1);
}

TEST(ResponseStreamTest, CanBeCut) {
  ResponseStream stream(100);
  char to[4];
  EXPECT_EQ(stream.Write("abcdef"), Written::kTaken);
  EXPECT_EQ(stream.waiting(), 6u);
  EXPECT_EQ(stream
                .Take(
                    to, 4, [] {}, [] {})
                .size,
            4u);
  EXPECT_EQ(stream.waiting(), 2u);
  stream.Cut();
  EXPECT_EQ(stream.waiting(), 0u);
  EXPECT_EQ(stream
                .Take(
                    to, 4, [] {}, [] {})
                .state,
            State::kCut);
  EXPECT_EQ(stream.Write("x"), Written::kEnded);
  stream.Close();
  EXPECT_EQ(stream
                .Take(
                    to, 4, [] {}, [] {})
                .state,
            State::kCut);
}

TEST(ResponseStreamTest, ResumesWhoWaitsWhenItEnds) {
  ResponseStream stream(100);
  int resumed = 0;
  char to[4];
  EXPECT_EQ(stream
                .Take(
                    to, 4, [] {}, [&] { ++resumed; })
                .state,
            State::kWait);
  stream.Close();
  EXPECT_EQ(resumed, 1);
}

TEST(ResponseStreamTest, CutsAtTheLimit) {
  ResponseStream stream(4);
  EXPECT_EQ(stream.Write("abcd"), Written::kTaken);
  EXPECT_EQ(stream.Write("e"), Written::kTooSlow);
  EXPECT_EQ(stream.Write("e"), Written::kEnded);
  char to[4];
  EXPECT_EQ(stream
                .Take(
                    to, 4, [] {}, [] {})
                .state,
            State::kCut);
}

// A handler that answers each request with a stream.
class StreamHandler : public Handler {
 public:
  HeadDecision CheckHead(const Request& /*head*/) override { return {}; }
  void Handle(const Request& /*request*/, std::function<void(Response)> answer) override {
    auto stream = std::make_shared<ResponseStream>(64 << 10);
    {
      const std::lock_guard lock(mutex_);
      streams_.push_back(stream);
      changed_.notify_all();
    }
    answer({.content_type = "text/event-stream", .stream = stream});
  }
  std::shared_ptr<ResponseStream> WaitForStream(size_t index) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return streams_.size() > index; });
    return came ? streams_[index] : nullptr;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<ResponseStream>> streams_;
};

class StreamServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Server>> server = Server::Start({}, &handler_, &clock_);
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(*server);
  }

  const SystemClock clock_;
  StreamHandler handler_;
  std::unique_ptr<Server> server_;
};

TEST_F(StreamServerTest, SendsEachPartWhenItIsWritten) {
  HttpClient client(server_->port());
  client.Send(kGet);
  const std::shared_ptr<ResponseStream> stream = handler_.WaitForStream(0);
  ASSERT_NE(stream, nullptr);
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr("text/event-stream"));
  for (int i = 0; i < 100; ++i) {
    const std::string part = "part " + std::to_string(i) + "\n\n";
    ASSERT_EQ(stream->Write(part), Written::kTaken);
    ASSERT_THAT(client.ReadUntil("\n\n"), EndsWith(part));
  }
  stream->Close();
  EXPECT_THAT(client.ReadAll(), EndsWith("0\r\n\r\n"));
}

TEST_F(StreamServerTest, ServesManyAtOnceWithTwoThreads) {
  std::deque<HttpClient> clients;
  for (size_t i = 0; i < 200; ++i) {
    clients.emplace_back(server_->port());
    ASSERT_TRUE(clients.back().Send(kGet));
  }
  ASSERT_NE(handler_.WaitForStream(199), nullptr);
  for (size_t i = 0; i < 200; ++i) EXPECT_EQ(handler_.WaitForStream(i)->Write("news\n\n"), Written::kTaken);
  for (HttpClient& client : clients) EXPECT_THAT(client.ReadUntil("news\n\n"), EndsWith("news\n\n"));
  for (size_t i = 0; i < 200; ++i) handler_.WaitForStream(i)->Close();
  for (HttpClient& client : clients) EXPECT_THAT(client.ReadAll(), EndsWith("0\r\n\r\n"));
}

TEST_F(StreamServerTest, CutsAClientThatDoesNotReadAndServesOthers) {
  HttpClient slow(server_->port()), other(server_->port());
  slow.Send(kGet);
  const std::shared_ptr<ResponseStream> stream = handler_.WaitForStream(0);
  ASSERT_NE(stream, nullptr);
  other.Send(kGet);
  const std::shared_ptr<ResponseStream> others = handler_.WaitForStream(1);
  ASSERT_NE(others, nullptr);
  // More than all buffers on the way to the client.
  Written written = Written::kTaken;
  for (int i = 0; i < 100'000 && written == Written::kTaken; ++i) written = stream->Write(std::string(4096, 'x'));
  EXPECT_EQ(written, Written::kTooSlow);
  EXPECT_EQ(others->Write("news\n\n"), Written::kTaken);
  EXPECT_THAT(other.ReadUntil("news\n\n"), EndsWith("news\n\n"));
  others->Close();
  // The body has no end marker.
  const std::string rest = slow.ReadAll();
  EXPECT_FALSE(rest.ends_with("0\r\n\r\n"));
}

TEST_F(StreamServerTest, LearnsThatAClientIsGone) {
  std::shared_ptr<ResponseStream> stream;
  {
    HttpClient client(server_->port());
    client.Send(kGet);
    stream = handler_.WaitForStream(0);
    ASSERT_NE(stream, nullptr);
    ASSERT_EQ(stream->Write("news\n\n"), Written::kTaken);
    ASSERT_THAT(client.ReadUntil("news\n\n"), EndsWith("news\n\n"));
  }
  Written written = Written::kTaken;
  while (written == Written::kTaken) written = stream->Write(":\n");
  EXPECT_NE(written, Written::kTaken);
}

// The server is destroyed while streams that were just closed have readers.
TEST_F(StreamServerTest, StopsWhenAllStreamsAreClosed) {
  HttpClient client(server_->port()), silent(server_->port());
  client.Send(kGet);
  silent.Send(kGet);
  ASSERT_NE(handler_.WaitForStream(1), nullptr);
  for (size_t i = 0; i < 2; ++i) handler_.WaitForStream(i)->Close();
  server_.reset();
}

}  // namespace leadpulse::http::response_stream_test
