// Instants as google.protobuf.Timestamp.
#pragma once

#include <google/protobuf/timestamp.pb.h>

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

}  // namespace leadpulse::codec
