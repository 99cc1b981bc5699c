// Token buckets for each principal and each tenant, a pair for every class of requests.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "processor/base/clock.h"
#include "processor/base/status.h"

namespace leadpulse::access {

enum class RequestClass : uint8_t { kRead, kWrite, kScan, kImport };
inline constexpr size_t kRequestClasses = 4;

// A bucket that holds `burst` requests and gets `per_second` more, which is above 0; `burst` is at least 1.
struct BucketSize {
  double per_second = 1;
  double burst = 1;
};
struct ClassLimit {
  BucketSize principal;
  BucketSize tenant;  // all of a tenant's principals together
};

struct RateLimits {
  // By RequestClass. A class takes nothing from the share of another.
  std::array<ClassLimit, kRequestClasses> classes = {{
      {{50, 200}, {500, 2'000}},        // read
      {{200, 2'000}, {2'000, 20'000}},  // write; each row of a batch
      {{2, 20}, {10, 100}},             // scan
      {{1, 20}, {5, 100}},              // import: what starts a job, and its previews
  }};
  // The maximum number of principals and tenants, some 300 bytes each. At the limit the one used longest ago is
  // forgotten, and begins with full buckets, so set this above the number of tokens and users that send at once.
  size_t most_holders = 100'000;
};

// Returns the name of a class: `write`.
std::string_view NameOf(RequestClass request);
// Sets a limit of each principal from a setting `write=200,2000`: a second, and the burst. A tenant has ten times as
// much. Rejected if the text is not such a setting.
Status SetRate(std::string_view setting, RateLimits* limits);

// What a principal may send after a request.
struct Allowance {
  int64_t retry_after = 0;  // seconds after which the request may be sent again; 0: it was taken
  BucketSize size;          // the size of the bucket that has fewer requests left
  double left = 0;          // what this has
};

// The token buckets. Thread-safe.
class RateLimiter {
 public:
  // Uses the monotonic time of `clock`, which must outlive this.
  RateLimiter(const RateLimits& limits, const Clock* clock);

  // Takes a request out of both buckets, or out of none. Returns 0 if it took one. Otherwise the seconds, rounded up,
  // after which both will have one if nobody else takes it: Retry-After.
  int64_t Take(const std::string& tenant, const std::string& who, RequestClass request) {
    return TakeMany(tenant, who, request, 1).retry_after;
  }
  // Takes `count` at once, or none. A bucket gives no more than its burst.
  Allowance TakeMany(const std::string& tenant, const std::string& who, RequestClass request, size_t count);
  const BucketSize& SizeOf(RequestClass request) const {
    return limits_.classes[static_cast<size_t>(request)].principal;
  }
  size_t holders() const;

 private:
  struct Bucket {
    double has = 0;
    std::chrono::steady_clock::time_point at;
  };
  struct Holder {
    std::string key;
    std::array<Bucket, kRequestClasses> buckets;
  };

  Bucket* Find(const std::string& key, RequestClass request, bool is_tenant, std::chrono::steady_clock::time_point now);

  const RateLimits limits_;
  const Clock* const clock_;
  mutable std::mutex mutex_;
  std::list<Holder> holders_;  // the last used one first
  std::unordered_map<std::string, std::list<Holder>::iterator> by_key_;
};

}  // namespace leadpulse::access
