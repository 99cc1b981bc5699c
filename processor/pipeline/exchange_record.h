// Messages between leads as bytes (schemas/leadpulse/v1/exchange.proto): records of the topic `lead.exchange`, and
// messages that wait in the state of a run on files. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/engine/lead_message.h"

namespace leadpulse::pipeline {

// The record of a command that names only an address, as the command topic has it. Its dead letter must have it, and
// the receiver of the command may be on another partition.
struct OriginalRecord {
  std::string key;
  std::string value;
};

// Returns the value of the record. A message with entries carries at most one journal, so that it stays below 8 MiB.
// `original` is that of a routed command; ignored with other messages.
std::string EncodeMessage(const engine::LeadMessage& message, const OriginalRecord& original = {});

// Decodes a record's value. `place` is where the record is, for the error, such as `lead.exchange [3] at offset 7`. Any
// bytes give a message or a fatal error that says what is wrong and what to do. Sets `original`, unless it is null, to
// that of a routed command.
Result<engine::LeadMessage> DecodeMessage(std::string_view bytes, const std::string& place,
                                          OriginalRecord* original = nullptr);

}  // namespace leadpulse::pipeline
