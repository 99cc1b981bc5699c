// The answers to requests that change the front alone, for clients that send one again with its Idempotency-Key because
// they do not know what became of it. In memory, because an answer may have a secret that is stored nowhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "processor/base/clock.h"
#include "processor/http/handler.h"

namespace leadpulse::serve {

// Thread-safe.
class RecentAnswers {
 public:
  static constexpr std::chrono::hours kKept{1};

  explicit RecentAnswers(const Clock* clock) : clock_(*clock) {}

  // Returns the answer to a request that was sent before, or a problem: another request had the key, or is being
  // answered. `key` is different for each client, `hash` for each request. nullopt: it is new; End follows.
  std::optional<http::Response> Begin(const std::string& key, const std::string& hash);
  // Keeps the answer, if the request has succeeded. Otherwise the client may send it again.
  void End(const std::string& key, const http::Response& response);

 private:
  static constexpr size_t kMostBytes = size_t{32} << 20;
  struct Answer {
    std::string key;
    std::string hash;
    std::chrono::steady_clock::time_point at;
    std::optional<http::Response> response;  // nullopt: it is being answered
  };
  using Place = std::list<Answer>::iterator;

  void Forget(Place place);

  const Clock& clock_;
  std::mutex mutex_;           // guards the members below
  std::list<Answer> answers_;  // the oldest first
  std::unordered_map<std::string, Place> by_key_;
  size_t bytes_ = 0;  // of bodies
};

}  // namespace leadpulse::serve
