// Writes fields in Protobuf's wire form, for messages that are too frequent for an object of the library.
//
// Each function writes at `at` and returns the end of what it wrote; the caller has made room. A field with the default
// of its type is left out, as in proto3, except by WriteBytes. `field` is below 16, so a tag takes one byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace leadpulse::codec {

// The most bytes that a number, or the head of a field of bytes, takes with its tag.
inline constexpr size_t kMaxHeadBytes = 1 + 10;

// Returns the bytes that a varint takes.
inline size_t VarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

inline char* WriteVarint(uint64_t value, char* at) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}

// Writes the tag of a field of bytes, and its size.
inline char* WriteHead(int field, size_t size, char* at) {
  *at++ = static_cast<char>(field << 3 | 2);
  return WriteVarint(size, at);
}

// Writes a field of bytes, a string or a message, even if it is empty.
inline char* WriteBytes(int field, std::string_view bytes, char* at) {
  at = WriteHead(field, bytes.size(), at);
  std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

inline char* WriteString(int field, std::string_view string, char* at) {
  return string.empty() ? at : WriteBytes(field, string, at);
}
inline size_t StringSize(std::string_view string) {
  return string.empty() ? 0 : 1 + VarintSize(string.size()) + string.size();
}

// Writes a number. Negative ones are sign-extended to 64 bits.
inline char* WriteNumber(int field, uint64_t value, char* at) {
  if (value == 0) return at;
  *at++ = static_cast<char>(field << 3);
  return WriteVarint(value, at);
}
inline size_t NumberSize(uint64_t value) { return value == 0 ? 0 : 1 + VarintSize(value); }

}  // namespace leadpulse::codec
