#include "processor/delivery/batch_sender.h"

#include <cstdio>

#include "processor/delivery/signature.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::delivery {

Result<std::optional<HttpAnswer>> BatchSender::Send(std::string_view body) {
  backoff_.Reset();
  while (!*environment_.stop) {
    Result<HttpAnswer> answer = environment_.port->Post(body, Headers(body));
    if (!answer.ok() && answer.status().kind() != ErrorKind::kRetriable) return answer.status();
    const Verdict verdict = answer.ok() ? Judge(answer->status) : Verdict::kAgain;
    if (verdict == Verdict::kNotReceiver) {
      return Status::Rejected(options_.address + " answered " + std::to_string(answer->status) +
                              ", which is not what a receiver says; redirects are not followed, so give the address "
                              "that takes the posts");
    }
    if (verdict != Verdict::kAgain) return std::optional(*std::move(answer));
    ++failed_;
    WaitBeforeNext(answer);
  }
  return std::optional<HttpAnswer>();
}

// The time is that of this post, because a receiver may refuse an old signature.
std::vector<std::string> BatchSender::Headers(std::string_view body) const {
  std::vector<std::string> headers = SignatureHeaders(options_.secrets, environment_.clock->Now(), body);
  headers.insert(headers.begin(), options_.headers.begin(), options_.headers.end());
  headers.insert(headers.begin(), "Content-Type: application/json");
  return headers;
}

void BatchSender::WaitBeforeNext(const Result<HttpAnswer>& answer) {
  if (*environment_.stop) return;
  std::optional<Millis> asked_for;
  if (answer.ok() && answer->retry_after.has_value()) {
    asked_for = ParseRetryAfter(*answer->retry_after, environment_.clock->Now());
  }
  const Millis wait = backoff_.Next(asked_for);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(wait.count()) / 1000);
  telemetry::LogWarning(
      (answer.ok() ? options_.address + " answered " + std::to_string(answer->status) : answer.status().message()) +
      "; the batch is posted again in " + seconds + " s" + (asked_for.has_value() ? ", as it asks for" : ""));
  environment_.pause(wait);
}

}  // namespace leadpulse::delivery
