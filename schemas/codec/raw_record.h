// A decoded record before any check: both decoders fill it, record_checks.h checks it.
//
// Texts are views into the decoder's buffers or into its input. They are valid until its next call, and no longer than
// the input.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

struct RawEnum {
  // 0 if not sent; nullopt for a name or number that is not in the enum.
  std::optional<int32_t> number = 0;
  std::string_view name;  // as sent, if it was a name
};

struct RawTime {
  bool sent = false;
  std::optional<Instant> instant;  // nullopt: not sent, or not a valid time
  std::string_view text;           // as sent, if it was a text
};

// Lengths of values are not checked. A list that no attribute can hold (with null, a list or a struct inside) becomes a
// StructValue with the list's JSON; a number that is not finite becomes one with a string.
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
// The alternatives are those of Action, in its order, after "none".
using RawAction = std::variant<std::monostate, UpdateProfile, EditTags, EditLists, EditCampaigns, RawSetStage,
                               RawSetQualification, AssignAgent, SetDoNotContact, RecordConsent, AddNote, Erase>;

struct RawCommand {
  std::string_view tenant_id, lead_id, email, command_id;
  RawTime issued_at;
  std::string_view actor, expected_version;
  bool backfill = false;
  RawAction action;
};

struct RawRecord {
  std::optional<RawEvent> event;
  std::optional<RawCommand> command;
};

}  // namespace leadpulse::codec
