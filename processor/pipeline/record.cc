#include "processor/pipeline/record.h"

#include <optional>
#include <utility>
#include <variant>

namespace leadpulse::pipeline {

const LeadKey* KeyOf(const codec::Decoded& decoded) {
  if (const auto* event = std::get_if<codec::Event>(&decoded)) return &event->key;
  if (const auto* command = std::get_if<codec::Command>(&decoded)) return &command->key;
  return nullptr;
}

Instant TimeOf(const codec::Decoded& decoded) {
  const auto* event = std::get_if<codec::Event>(&decoded);
  return event != nullptr ? event->occurred_at : std::get<codec::Command>(decoded).issued_at;
}

codec::DeadLetter MakeDeadLetter(codec::SourcePosition source, const codec::Rejection& rejection,
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
