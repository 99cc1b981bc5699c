// Posts one batch until the receiver takes or refuses it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/delivery/delivery.h"

namespace leadpulse::delivery {

// Owned and called by one thread.
class BatchSender {
 public:
  // Both outlive it.
  BatchSender(const DeliveryOptions& options, const DeliveryEnvironment& environment)
      : options_(options), environment_(environment), backoff_(options.backoff, environment.random) {}

  // The receiver's answer, which is kDelivered or kRefused; nullopt if stopped before. Rejected: the address can never
  // be posted to.
  Result<std::optional<HttpAnswer>> Send(std::string_view body);
  // Posts that failed.
  uint64_t failed() const { return failed_; }

 private:
  std::vector<std::string> Headers(std::string_view body) const;
  void WaitBeforeNext(const Result<HttpAnswer>& answer);

  const DeliveryOptions& options_;
  const DeliveryEnvironment& environment_;
  Backoff backoff_;
  uint64_t failed_ = 0;
};

}  // namespace leadpulse::delivery
