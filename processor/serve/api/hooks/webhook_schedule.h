// What follows a post of a webhook: when it is posted again, and when the webhook stops.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/delivery/delivery.h"
#include "processor/http/client.h"
#include "processor/serve/access/webhook_store.h"

namespace leadpulse::serve {

// How long a receiver may fail before its webhook stops.
inline constexpr Millis kLongestFailure{5 * kMillisPerDay};

// The schedule of one webhook. Its waits are those of `leadpulse deliver`. Not thread-safe.
class WebhookSchedule {
 public:
  // Starts with the first wait. `random` returns numbers in [0, 1). Keeps the clock.
  WebhookSchedule(const Clock* clock, std::function<double()> random)
      : clock_(*clock), backoff_({}, std::move(random)) {}

  // Judges the answer to a post that began at `begun`. Anything but a 2xx is a problem, after which the same change is
  // posted again: nothing is skipped.
  access::WebhookAttempt After(const Result<http::ClientResponse>& answer, Instant begun);
  // Returns why the webhook stops after this attempt, for its admins; nullopt: it goes on. The receiver answered 410,
  // can never be posted to, or has failed for kLongestFailure.
  static std::optional<std::string> WhyStops(const Result<http::ClientResponse>& answer,
                                             const access::WebhookAttempt& attempt,
                                             std::optional<Instant> failing_since);
  // Begins with the first wait again.
  void Reset() { backoff_.Reset(); }

 private:
  const Clock& clock_;
  delivery::Backoff backoff_;
};

}  // namespace leadpulse::serve
