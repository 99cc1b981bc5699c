// A server with a handler that the test controls.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "processor/http/server.h"
#include "tests/support/http_client.h"

namespace leadpulse::http {

// A handler that answers a post to one of two paths with its body, at once or when the test allows it, and answers
// anything to /discarded.
class EchoHandler : public Handler {
  // A sink that accepts a body until it contains a `!`.
  struct Sink : BodySink {
    explicit Sink(EchoHandler* handler) : of(handler) { ++of->sinks; }
    ~Sink() override { --of->sinks; }
    bool Append(std::string_view bytes) override {
      text += bytes;
      return bytes.find('!') == std::string_view::npos;
    }
    EchoHandler* const of;
    std::string text;
  };

 public:
  std::atomic<int> sinks = 0;

  HeadDecision CheckHead(const Request& head) override {
    if (head.path == "/discarded") return {};
    if (head.path == "/file") return {};
    if (head.path == "/sink") return {.max_body_bytes = size_t{20} << 20, .sink = std::make_shared<Sink>(this)};
    if (head.path != "/a" && head.path != "/short") return {.answer = Response{kNotFound, "no such path\n"}};
    if (head.method == "HEAD") return {.answer = Response{}};
    if (head.method != "POST")
      return {.answer = Response{kMethodNotAllowed, "", "text/plain", {{"Allow", "POST, HEAD"}}}};
    return {.max_body_bytes = head.path == "/short" ? 10 : size_t{1} << 30};
  }
  void Handle(const Request& request, std::function<void(Response)> answer) override {
    const auto text_of = [&](const char* name) { return std::string(HeaderOf(request.headers, name)); };
    {
      const std::lock_guard<std::mutex> noting(mutex_);
      client_ = request.client;
    }
    const Response echo{kOk, std::to_string(request.body.size()) + " " + text_of("content-type") + " " +
                                 text_of("x-signature") + (request.query.empty() ? "" : " ") +
                                 std::string(request.query) + "\n"};
    if (request.sink != nullptr) {
      EXPECT_TRUE(request.body.empty());
      return answer({kOk, std::to_string(static_cast<Sink&>(*request.sink).text.size()) + " in the sink\n"});
    }
    if (request.path == "/file") return answer(file_);
    std::unique_lock<std::mutex> lock(mutex_);
    ++taken_;
    changed_.notify_all();
    if (held_) return waiting_.push_back([echo, answer] { answer(echo); });
    lock.unlock();
    answer(echo);
  }
  void OnRefused(std::string_view, unsigned int code) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++refused_[code];
  }
  void Hold() { held_ = true; }
  void SetFile(Response file) { file_ = std::move(file); }
  // Blocks the thread of Handle until the lock is released.
  std::unique_lock<std::mutex> Block() { return std::unique_lock<std::mutex>(mutex_); }
  void WaitForTaken(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return taken_ >= count; }));
  }
  void LetGo() {
    std::vector<std::function<void()>> waiting;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      held_ = false;
      waiting.swap(waiting_);
    }
    for (const auto& answer : waiting) answer();
  }
  std::string client() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return client_;
  }
  size_t refused(unsigned int code) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return refused_[code];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  size_t taken_ = 0;
  std::vector<std::function<void()>> waiting_;
  std::map<unsigned int, size_t> refused_;
  std::string client_;  // the last request's
  Response file_;       // the answer to /file
};

class ServerTest : public ::testing::Test {
 protected:
  void StartServer(const ServerOptions& options = {}) {
    Result<std::unique_ptr<Server>> server = Server::Start(options, &handler_, &clock_);
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(*server);
  }
  std::string Ask(const std::string& request) {
    leadpulse::testing::HttpClient client(server_->port());
    client.Send(request);
    return client.ReadAll();
  }
  void ExpectServed() {
    EXPECT_THAT(leadpulse::testing::Post(server_->port(), "/a", "hello"), ::testing::StartsWith("HTTP/1.1 200 "));
  }
  // Checks that all memory was released.
  void ExpectNothingHeld() {
    for (int i = 0; i < 200 && (server_->requests() > 0 || server_->body_bytes() > 0); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_EQ(server_->requests(), 0u);
    EXPECT_EQ(server_->body_bytes(), 0u);
  }

  SystemClock clock_;
  EchoHandler handler_;
  std::unique_ptr<Server> server_;
};

}  // namespace leadpulse::http
