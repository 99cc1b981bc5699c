// Writes fields as Protobuf does, without a message. For the few fields that most rows have: to fill in, measure and
// clear a message costs several times as much. The caller writes them in the order of their numbers, so that the result
// has the bytes of the message.
//
// Each function writes to `at`, where the caller has made room, and returns where the field ends.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "processor/base/instant.h"

namespace leadpulse::state {

// The most bytes of a field that holds a number, or of what precedes the bytes of another.
inline constexpr size_t kMaxNumberFieldBytes = 5 + 10;

// Writes a number unless it is 0, the default.
inline uint8_t* WriteNumber(int field, uint64_t value, uint8_t* at) {
  using google::protobuf::internal::WireFormatLite;
  return value == 0 ? at : WireFormatLite::WriteUInt64ToArray(field, value, at);
}

// Writes an `optional int64`.
inline uint8_t* WriteTime(int field, Instant time, uint8_t* at) {
  return google::protobuf::internal::WireFormatLite::WriteInt64ToArray(field, time.millis, at);
}

// Writes fields that are encoded already.
inline uint8_t* WriteEncoded(std::string_view fields, uint8_t* at) {
  if (!fields.empty()) std::memcpy(at, fields.data(), fields.size());
  return at + fields.size();
}

// Writes what precedes `size` bytes.
inline uint8_t* WriteHead(int field, size_t size, uint8_t* at) {
  using google::protobuf::internal::WireFormatLite;
  at = WireFormatLite::WriteTagToArray(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, at);
  return google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), at);
}

// Writes a message or a string, also an empty one.
inline uint8_t* WriteBytes(int field, std::string_view bytes, uint8_t* at) {
  return WriteEncoded(bytes, WriteHead(field, bytes.size(), at));
}

// Writes a string unless it is empty, the default.
inline uint8_t* WriteText(int field, std::string_view text, uint8_t* at) {
  return text.empty() ? at : WriteBytes(field, text, at);
}

}  // namespace leadpulse::state
