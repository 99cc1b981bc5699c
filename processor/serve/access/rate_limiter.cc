#include "processor/serve/access/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "processor/base/assert.h"

namespace leadpulse::access {
namespace {

constexpr size_t kBothHolders = 2;  // a request needs both

const BucketSize& SizeIn(const ClassLimit& limit, bool is_tenant) { return is_tenant ? limit.tenant : limit.principal; }

// Returns the seconds until the bucket has `wanted`.
double SecondsUntil(double wanted, double has, const BucketSize& size) {
  return has >= wanted ? 0 : (wanted - has) / size.per_second;
}

constexpr std::array<std::string_view, kRequestClasses> kClassNames = {"read", "write", "scan", "import"};

}  // namespace

std::string_view NameOf(RequestClass request) { return kClassNames[static_cast<size_t>(request)]; }

Status SetRate(std::string_view setting, RateLimits* limits) {
  constexpr double kOfTenant = 10;
  const size_t equals = setting.find('='), comma = setting.find(',');
  const auto* name = std::ranges::find(kClassNames, setting.substr(0, equals));
  BucketSize size;
  const bool is_right =
      equals != std::string_view::npos && comma != std::string_view::npos && equals < comma &&
      name != kClassNames.end() &&
      absl::SimpleAtod(std::string(setting.substr(equals + 1, comma - equals - 1)), &size.per_second) &&
      absl::SimpleAtod(std::string(setting.substr(comma + 1)), &size.burst) && size.per_second > 0 && size.burst >= 1 &&
      size.per_second <= 1e6 && size.burst <= 1e9;
  if (!is_right) {
    return Status::Rejected(
        std::string(setting) +
        " is no rate: write read, write, scan or import with a number a second and the most at once, "
        "write=200,2000");
  }
  const BucketSize of_tenant{size.per_second * kOfTenant, size.burst * kOfTenant};
  limits->classes[static_cast<size_t>(name - kClassNames.begin())] = {size, of_tenant};
  return Status::Ok();
}

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
      holders_.front().buckets[i] = {SizeIn(limits_.classes[i], is_tenant).burst, now};
    }
  }
  const size_t index = static_cast<size_t>(request);
  const BucketSize& size = SizeIn(limits_.classes[index], is_tenant);
  Bucket& bucket = holders_.front().buckets[index];
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.has = std::min(size.burst, bucket.has + std::max(0.0, passed.count()) * size.per_second);
  bucket.at = now;
  return &bucket;
}

Allowance RateLimiter::TakeMany(const std::string& tenant, const std::string& who, RequestClass request, size_t count) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_->Monotonic();
  const auto wanted = static_cast<double>(count);
  const ClassLimit& limit = limits_.classes[static_cast<size_t>(request)];
  // A tenant has no NUL: no principal has the key of a tenant.
  Bucket* const of_tenant = Find(tenant, request, /*is_tenant=*/true, now);
  Bucket* const of_principal = Find(tenant + '\0' + who, request, /*is_tenant=*/false, now);
  const double wait = std::max(SecondsUntil(wanted, of_tenant->has, limit.tenant),
                               SecondsUntil(wanted, of_principal->has, limit.principal));
  if (wait == 0) {
    of_tenant->has -= wanted;
    of_principal->has -= wanted;
  }
  const bool is_tenant = of_tenant->has < of_principal->has;
  return {static_cast<int64_t>(std::ceil(wait)), is_tenant ? limit.tenant : limit.principal,
          is_tenant ? of_tenant->has : of_principal->has};
}

size_t RateLimiter::holders() const {
  const std::lock_guard lock(mutex_);
  return holders_.size();
}

}  // namespace leadpulse::access
