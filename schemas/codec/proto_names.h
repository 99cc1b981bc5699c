// The names of the wire's enum values, each at its number.
#pragma once

#include <array>
#include <string_view>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

inline constexpr std::array<std::string_view, kEventTypeCount> kEventTypeProtoNames = {
    "UNSPECIFIED", "SENT",        "DELIVERED", "OPEN",       "CLICK",  "REPLY",  "BOUNCE",
    "UNSUBSCRIBE", "RESUBSCRIBE", "COMPLAINT", "PAGE_VISIT", "CUSTOM", "RETRACT"};
inline constexpr std::array<std::string_view, 3> kBounceKindProtoNames = {"UNSPECIFIED", "HARD", "SOFT"};
inline constexpr std::array<std::string_view, 10> kStageProtoNames = {
    "UNSPECIFIED", "NEW",       "CONTACTED", "ENGAGED", "QUALIFYING",
    "QUALIFIED",   "FOLLOW_UP", "CONVERTED", "LOST",    "ARCHIVED"};
inline constexpr std::array<std::string_view, kChangeKindCount> kChangeKindProtoNames = {
    "UNSPECIFIED",   "LEAD_CREATED", "EMAIL_STATUS_CHANGED", "SENDABLE_CHANGED", "STAGE_CHANGED",
    "SCORE_CHANGED", "TIER_CHANGED", "SEGMENT_LEFT",         "SEGMENT_ENTERED",  "LEAD_ERASED",
    "TOPIC_CHANGED", "LEAD_MERGED",  "LEAD_UPDATED"};
inline constexpr std::array<std::string_view, 5> kCauseKindProtoNames = {"UNSPECIFIED", "EVENT", "COMMAND", "TIME",
                                                                         "DEFINITIONS"};
// The names in lower case, as dead letters spell them.
inline constexpr std::array<std::string_view, kReasonCount> kReasonNames = {
    "unspecified",         "malformed",      "too_large",     "missing_tenant",   "missing_lead",  "missing_event_id",
    "missing_command_id",  "unknown_type",   "bad_timestamp", "future_timestamp", "invalid_value", "final_stage",
    "too_many_attributes", "lead_too_large", "unsupported",   "wrong_partition",  "conflict"};

}  // namespace leadpulse::codec
