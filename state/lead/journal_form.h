// The numbers of the journal's stored form, for its encoder and decoder only. All are persisted: never renumber.
#pragma once

#include <cstdint>

namespace leadpulse::state {

// First byte of an entry: the EventType in the low four bits, then `machine` and two bits of BounceKind.
inline constexpr uint8_t kTypeMask = 0x0f;
inline constexpr uint8_t kMachineBit = 0x10;
inline constexpr int kBounceKindShift = 5;
inline constexpr uint8_t kReservedHeadBit = 0x80;

// Second byte: which of the optional fields follow.
inline constexpr uint8_t kHasMessage = 0x01;
inline constexpr uint8_t kHasCampaign = 0x02;
inline constexpr uint8_t kHasName = 0x04;
inline constexpr uint8_t kHasSubject = 0x08;
inline constexpr uint8_t kHasProperties = 0x10;
inline constexpr uint8_t kHasAddress = 0x20;        // its slot, one byte, follows the fields
inline constexpr uint8_t kIsReceived = 0x40;        // only with kHasAddress
inline constexpr uint8_t kIsOfOtherAddress = 0x80;  // only with kIsReceived; that slot follows

// The first byte of a property's value.
enum class ValueTag : uint8_t {
  kUnset = 0,
  kFalse = 1,
  kTrue = 2,
  kNumber = 3,       // eight bytes, IEEE 754, little endian
  kWholeNumber = 4,  // zigzag varint: a double that is a whole number up to 2^53 in size, not -0
  kInstant = 5,      // zigzag varint, milliseconds
  kText = 6,
  kList = 7,    // varint count, then values, none of them a list or a struct
  kStruct = 8,  // a text
};

}  // namespace leadpulse::state
