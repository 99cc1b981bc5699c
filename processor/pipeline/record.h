// A decoded record on its way to its lead, as both adapters (files and Kafka) pass it on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::pipeline {

// Returns the lead of an event or a command; null for a rejection. Valid as long as `decoded`.
inline const LeadKey* KeyOf(const codec::Decoded& decoded) {
  if (const auto* event = std::get_if<codec::Event>(&decoded)) return &event->key;
  const auto* command = std::get_if<codec::Command>(&decoded);
  return command == nullptr ? nullptr : &command->key;
}
// Returns occurred_at or issued_at. Not for a rejection.
inline Instant TimeOf(const codec::Decoded& decoded) {
  const auto* event = std::get_if<codec::Event>(&decoded);
  return event != nullptr ? event->occurred_at : std::get<codec::Command>(decoded).issued_at;
}

// One record of a partition. Views into memory of the adapter.
struct Record {
  const codec::Decoded* decoded = nullptr;
  Instant clock;                       // at which it applies; not used for a rejection
  const std::string* topic = nullptr;  // or the path of an input file: SourcePosition::topic
  int32_t partition = 0;               // in the Kafka topic; 0 for a file
  int64_t offset = 0;
  uint64_t line = 0;  // in a file; 0 on Kafka
  size_t index = 0;   // the adapter's own: where the record is in what it has read
};

// Makes the dead letter of a rejected record. `payload`: its bytes, or the beginning of a record of `full_size` bytes.
// A record that is too large keeps codec::kDeadLetterPrefix of them. `with_payload` false: no bytes, because they hold
// personal data.
inline codec::DeadLetter MakeDeadLetter(codec::SourcePosition source, const codec::Rejection& rejection,
                                        std::string_view payload, uint64_t full_size, bool with_payload) {
  codec::DeadLetter letter{std::move(source), rejection.reason, rejection.detail, {}, std::nullopt};
  if (rejection.reason == codec::Reason::kTooLarge) {
    payload = payload.substr(0, codec::kDeadLetterPrefix);
    letter.full_size = full_size;
  }
  if (with_payload) letter.payload = payload;
  return letter;
}

}  // namespace leadpulse::pipeline
