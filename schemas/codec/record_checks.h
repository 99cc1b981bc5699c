// The raw record that the decoders of both formats fill, and the checks that they share, in the order of codec::Reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schemas/codec/record_decoder.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

// A decoded record before any check. Strings are views into the decoder's buffers or into its input. They are valid
// until its next call, and no longer than the input.

struct RawEnum {
  // 0 if not sent; nullopt for a name or number that is not in the enum.
  std::optional<int32_t> number = 0;
  std::string_view name;  // as sent, if it was a name
};

struct RawTime {
  bool sent = false;
  std::optional<Instant> instant;  // nullopt: not sent, or not a valid time
  std::string_view text;           // as sent, if it was a string
};

// An event before the checks. Lengths of values are not checked. A list that no attribute can hold (with null, a list
// or a struct inside) becomes a StructValue with the list's JSON; a number that is not finite becomes one with a
// string.
struct RawEvent {
  std::string_view tenant_id, lead_id, email, event_id;
  RawEnum type;
  RawTime occurred_at;
  std::string_view campaign_id, message_id, name;
  NamedValues properties;
  std::string_view url, source, user_agent;
  RawEnum bounce_kind;
  bool machine = false;
  bool backfill = false;
  std::string_view retracts;
  std::string_view topic;
};

struct RawSetStage {
  RawEnum stage;
};
struct RawSetQualification {
  std::optional<double> score;  // integral
  bool clear = false;
};
struct RawRecordConsent {
  RecordConsent record;
  RawTime at;
};
// The alternatives are those of Action, in its order.
using RawAction = std::variant<UpdateProfile, EditTags, EditLists, EditCampaigns, RawSetStage, RawSetQualification,
                               AssignAgent, SetDoNotContact, RawRecordConsent, AddNote, RemoveNote, Erase, Withdraw>;

struct RawCommand {
  std::string_view tenant_id, lead_id, email, command_id;
  RawTime issued_at;
  std::string_view actor, expected_version;
  bool backfill = false;
  std::vector<RawAction> actions;  // each kind at most once, in any order
};

struct UncheckedRecord {
  std::optional<RawEvent> event;
  std::optional<RawCommand> command;
};

// The most levels of objects and lists in JSON; the record is the first.
inline constexpr int kMaxNesting = 100;

// Checks a record. `size` is that of the record's bytes. Moves values out of the raw record; its views must still be
// valid. Overwrites `decoded` and reuses an event's memory.
void CheckRecord(UncheckedRecord&& raw, size_t size, const DecodeLimits& limits, Decoded* decoded);

Rejection Malformed(std::string detail);

// Quotes the text, cut to 48 bytes at the end of a character: details never repeat more of the input.
std::string Quoted(std::string_view text);

}  // namespace leadpulse::codec
