// Instants as google.protobuf.Timestamp.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <optional>

#include "processor/base/instant.h"

namespace leadpulse::codec {

inline void SetTimestamp(Instant time, google::protobuf::Timestamp* out) {
  constexpr int64_t kMillisASecond = 1000;
  constexpr int32_t kNanosAMilli = 1'000'000;
  int64_t millis = time.millis % kMillisASecond;
  if (millis < 0) millis += kMillisASecond;  // nanos count forward, before 1970 too
  out->set_seconds((time.millis - millis) / kMillisASecond);
  out->set_nanos(static_cast<int32_t>(millis) * kNanosAMilli);
}

// nullopt beyond the range of google.protobuf.Timestamp, the years 1 to 9999.
inline std::optional<Instant> InstantOf(int64_t seconds, int32_t nanos) {
  constexpr int64_t kFirstSecond = -62'135'596'800;
  constexpr int64_t kLastSecond = 253'402'300'799;
  if (seconds < kFirstSecond || seconds > kLastSecond || nanos < 0 || nanos > 999'999'999) return std::nullopt;
  return Instant{seconds * 1000 + nanos / 1'000'000};
}

}  // namespace leadpulse::codec
