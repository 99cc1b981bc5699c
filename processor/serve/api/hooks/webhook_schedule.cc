#include "processor/serve/api/hooks/webhook_schedule.h"

#include "processor/base/instant.h"

namespace leadpulse::serve {
namespace {

constexpr int kGone = 410;

}  // namespace

access::WebhookAttempt WebhookSchedule::After(const Result<http::ClientResponse>& answer, Instant begun) {
  access::WebhookAttempt attempt;
  const Instant now = clock_.Now();
  attempt.at = begun;
  attempt.took = now - begun;
  attempt.status = answer.ok() ? answer->status : 0;
  if (answer.ok() && delivery::Judge(answer->status) == delivery::Verdict::kDelivered) {
    backoff_.Reset();
    return attempt;
  }
  attempt.problem = answer.ok() ? "the receiver answered " + std::to_string(answer->status) : answer.status().message();
  std::optional<Millis> asked_for;
  if (answer.ok() && answer->retry_after) asked_for = delivery::ParseRetryAfter(*answer->retry_after, now);
  attempt.next = now + backoff_.Next(asked_for);
  return attempt;
}

std::optional<std::string> WebhookSchedule::WhyStops(const Result<http::ClientResponse>& answer,
                                                     const access::WebhookAttempt& attempt,
                                                     std::optional<Instant> failing_since) {
  if (attempt.status == kGone) return "the receiver answered 410: it takes no more posts";
  if (!answer.ok() && answer.status().kind() == ErrorKind::kRejected) return attempt.problem;
  if (attempt.problem.empty() || !failing_since || attempt.at - *failing_since < kLongestFailure) return std::nullopt;
  return "no post was accepted for five days; at last, " + attempt.problem;
}

}  // namespace leadpulse::serve
