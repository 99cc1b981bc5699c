// Messages between leads, and input records that are handed to their own partition, as bytes
// (schemas/leadpulse/v1/exchange.proto): records of the topic `lead.exchange`, and messages that wait in the state of a
// run on files. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "config/settings.h"
#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/lead_message.h"
#include "schemas/codec/records.h"

namespace leadpulse::pipeline {

inline constexpr size_t kMostKeyBytes = codec::kMaxRecordBytes / 2;

// Key and value of an input record, as its topic has it. Its dead letter must have it, and another partition may write
// that. A key is cut to kMostKeyBytes when it is encoded. So every record stays below 8 MiB, also that of a command of
// 1 MiB that takes 6 MiB in JSON, because each of its bytes is a control character.
struct OriginalRecord {
  std::string key;
  std::string value;
  friend bool operator==(const OriginalRecord&, const OriginalRecord&) = default;
};

// An input record on its way from the partition where it was read to that of its lead.
struct HandedOnRecord {
  LeadKey to;
  codec::CauseKind kind = codec::CauseKind::kEvent;  // or kCommand
  codec::SourcePosition source;                      // where it was read
  config::RecordFormat format = config::RecordFormat::kProtobuf;
  OriginalRecord original;
  friend bool operator==(const HandedOnRecord&, const HandedOnRecord&) = default;
};

// Returns the value of the record.
std::string EncodeHandedOn(const HandedOnRecord& record);

// A message, and the record of a routed command; empty with other messages.
struct ReceivedMessage {
  engine::LeadMessage message;
  OriginalRecord original;
};
using ExchangeRecord = std::variant<ReceivedMessage, HandedOnRecord>;

// Decodes a record's value. `place` is where the record is, for the error, such as `lead.exchange [3] at offset 7`. Any
// bytes give a record or a fatal error that says what is wrong and what to do. The value of a record that is handed on
// is not decoded.
Result<ExchangeRecord> DecodeExchangeRecord(std::string_view bytes, const std::string& place);

// Returns the value of the record. A message with entries carries at most one journal, so that it stays below 8 MiB.
// `original` is that of a routed command; ignored with other messages.
std::string EncodeMessage(const engine::LeadMessage& message, const OriginalRecord& original = {});

// Decodes the value of a record that must be a message; otherwise as DecodeExchangeRecord.
Result<engine::LeadMessage> DecodeMessage(std::string_view bytes, const std::string& place);

}  // namespace leadpulse::pipeline
