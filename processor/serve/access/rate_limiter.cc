#include "processor/serve/access/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "processor/base/assert.h"

namespace leadpulse::access {
namespace {

constexpr size_t kBothHolders = 2;  // a request needs both

const BucketSize& SizeOf(const ClassLimit& limit, bool is_tenant) { return is_tenant ? limit.tenant : limit.principal; }

// Returns the seconds until the bucket has a request.
double SecondsUntilOne(double has, const BucketSize& size) { return has >= 1 ? 0 : (1 - has) / size.per_second; }

}  // namespace

RateLimiter::RateLimiter(const RateLimits& limits, const Clock* clock) : limits_(limits), clock_(clock) {
  LP_ASSERT(limits.most_holders >= kBothHolders);
  for (const ClassLimit& limit : limits.classes) {
    for (const BucketSize& size : {limit.principal, limit.tenant}) LP_ASSERT(size.per_second > 0 && size.burst >= 1);
  }
}

RateLimiter::Bucket* RateLimiter::Find(const std::string& key, RequestClass request, bool is_tenant,
                                       std::chrono::steady_clock::time_point now) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    holders_.splice(holders_.begin(), holders_, found->second);
  } else {
    if (holders_.size() >= limits_.most_holders) {
      by_key_.erase(holders_.back().key);
      holders_.pop_back();
    }
    holders_.push_front({key, {}});
    by_key_[key] = holders_.begin();
    for (size_t i = 0; i < kRequestClasses; ++i) {
      holders_.front().buckets[i] = {SizeOf(limits_.classes[i], is_tenant).burst, now};
    }
  }
  const size_t index = static_cast<size_t>(request);
  const BucketSize& size = SizeOf(limits_.classes[index], is_tenant);
  Bucket& bucket = holders_.front().buckets[index];
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.has = std::min(size.burst, bucket.has + std::max(0.0, passed.count()) * size.per_second);
  bucket.at = now;
  return &bucket;
}

int64_t RateLimiter::Take(const std::string& tenant, const std::string& who, RequestClass request) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_->Monotonic();
  const ClassLimit& limit = limits_.classes[static_cast<size_t>(request)];
  // A tenant has no NUL: no principal has the key of a tenant.
  Bucket* const of_tenant = Find(tenant, request, /*is_tenant=*/true, now);
  Bucket* const of_principal = Find(tenant + '\0' + who, request, /*is_tenant=*/false, now);
  const double wait =
      std::max(SecondsUntilOne(of_tenant->has, limit.tenant), SecondsUntilOne(of_principal->has, limit.principal));
  if (wait > 0) return static_cast<int64_t>(std::ceil(wait));
  of_tenant->has -= 1;
  of_principal->has -= 1;
  return 0;
}

size_t RateLimiter::holders() const {
  const std::lock_guard lock(mutex_);
  return holders_.size();
}

}  // namespace leadpulse::access
