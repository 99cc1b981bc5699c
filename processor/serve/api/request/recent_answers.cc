#include "processor/serve/api/request/recent_answers.h"

#include <iterator>

#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {

void RecentAnswers::Forget(Place place) {
  if (place->response) bytes_ -= place->response->body.size();
  by_key_.erase(place->key);
  answers_.erase(place);
}

std::optional<http::Response> RecentAnswers::Begin(const std::string& key, const std::string& hash) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.Monotonic();
  const auto is_old = [&](const Answer& answer) { return answer.response && answer.at + kKept < now; };
  while (!answers_.empty() && is_old(answers_.front())) Forget(answers_.begin());
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    const Answer& earlier = *found->second;
    if (earlier.hash != hash) return KeyReused();
    return earlier.response ? *earlier.response : BeingAnswered();
  }
  answers_.push_back({key, hash, now, std::nullopt});
  by_key_[key] = std::prev(answers_.end());
  return std::nullopt;
}

void RecentAnswers::End(const std::string& key, const http::Response& response) {
  const std::lock_guard lock(mutex_);
  const Place place = by_key_.at(key);
  if (response.code >= http::kBadRequest) return Forget(place);
  bytes_ += response.body.size();
  place->response = response;
  while (bytes_ > kMostBytes && answers_.front().response) Forget(answers_.begin());
}

}  // namespace leadpulse::serve
