// A record as its bytes say it, before any check: what both decoders fill and record_checks.h judges.
//
// Texts are views into the decoder's buffers or into the bytes that it was given, and live until its next call or as
// long as these, whichever is shorter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

struct RawEnum {
  // 0 where it was not sent; nothing where it is a name or number that the enum cannot have.
  std::optional<int32_t> number = 0;
  std::string_view name;  // as sent, where a name was
};

struct RawTime {
  bool sent = false;
  std::optional<Instant> instant;  // nothing: not sent, or no valid time
  std::string_view text;           // as sent, where a text was
};

// Values are built without a check of their lengths. A list that no attribute can hold (with null, a list or a
// struct inside) is a StructValue with the list's JSON; a number that is not finite one with its name as a string.
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
  std::string_view actor;
  bool backfill = false;
  RawAction action;
};

struct RawRecord {
  std::optional<RawEvent> event;
  std::optional<RawCommand> command;
};

}  // namespace leadpulse::codec
