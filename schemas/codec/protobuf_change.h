// Converts positions of records and instants to Protobuf messages.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <optional>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Sets the position of a record in a message that has topic, partition and offset.
template <typename Message>
void SetSource(const SourcePosition& source, Message* out) {
  out->set_topic(source.topic);
  out->set_partition(source.partition);
  out->set_offset(source.offset);
}

// An instant as google.protobuf.Timestamp has it.
struct SecondsAndNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;  // counts forward, before 1970 too
};
inline SecondsAndNanos SplitInstant(Instant time) {
  constexpr int64_t kMillisASecond = 1000;
  constexpr int32_t kNanosAMilli = 1'000'000;
  int64_t millis = time.millis % kMillisASecond;
  if (millis < 0) millis += kMillisASecond;
  return {(time.millis - millis) / kMillisASecond, static_cast<int32_t>(millis) * kNanosAMilli};
}

inline void SetTimestamp(Instant time, google::protobuf::Timestamp* out) {
  const SecondsAndNanos split = SplitInstant(time);
  out->set_seconds(split.seconds);
  out->set_nanos(split.nanos);
}

// Returns nullopt beyond the range of google.protobuf.Timestamp, the years 1 to 9999.
inline std::optional<Instant> InstantOf(int64_t seconds, int32_t nanos) {
  constexpr int64_t kFirstSecond = -62'135'596'800;
  constexpr int64_t kLastSecond = 253'402'300'799;
  if (seconds < kFirstSecond || seconds > kLastSecond || nanos < 0 || nanos > 999'999'999) return std::nullopt;
  return Instant{seconds * 1000 + nanos / 1'000'000};
}

// Sets the time of a message, which stays unset for Never() and DistantPast(). `field` is its `mutable_NAME`.
template <typename Message>
void SetTime(Instant time, google::protobuf::Timestamp* (Message::*field)(), Message* out) {
  if (time != Instant::Never() && time != Instant::DistantPast()) SetTimestamp(time, (out->*field)());
}

// Returns the time of a message; Never() if it is not set.
inline Instant GetTime(bool is_set, const google::protobuf::Timestamp& time) {
  return is_set ? InstantOf(time.seconds(), time.nanos()).value_or(Instant::Never()) : Instant::Never();
}

}  // namespace leadpulse::codec
