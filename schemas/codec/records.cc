#include "schemas/codec/records.h"

#include "leadpulse/v1/change.pb.h"
#include "leadpulse/v1/command.pb.h"
#include "leadpulse/v1/dead_letter.pb.h"
#include "leadpulse/v1/event.pb.h"
#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "schemas/codec/proto_names.h"

namespace leadpulse::codec {
namespace {

// Whether our enum value is the wire's: same numbers, same count. A test compares the names with the descriptors.
template <typename Ours, typename Wire>
constexpr bool Same(Ours ours, Wire wire) {
  return static_cast<int>(ours) == static_cast<int>(wire);
}

using Type = v1::EngagementEvent;
static_assert(Same(EventType::kSent, Type::SENT) && Same(EventType::kDelivered, Type::DELIVERED) &&
              Same(EventType::kOpen, Type::OPEN) && Same(EventType::kClick, Type::CLICK) &&
              Same(EventType::kReply, Type::REPLY) && Same(EventType::kBounce, Type::BOUNCE) &&
              Same(EventType::kUnsubscribe, Type::UNSUBSCRIBE) && Same(EventType::kResubscribe, Type::RESUBSCRIBE) &&
              Same(EventType::kComplaint, Type::COMPLAINT) && Same(EventType::kPageVisit, Type::PAGE_VISIT) &&
              Same(EventType::kCustom, Type::CUSTOM) && Same(EventType::kRetract, Type::RETRACT) &&
              Same(kEventTypeCount, v1::EngagementEvent_Type_Type_ARRAYSIZE));
static_assert(Same(BounceKind::kHard, v1::Bounce::HARD) && Same(BounceKind::kSoft, v1::Bounce::SOFT) &&
              Same(kBounceKindProtoNames.size(), v1::Bounce_Kind_Kind_ARRAYSIZE));

using Set = v1::SetStage;
static_assert(Same(Stage::kNew, Set::NEW) && Same(Stage::kContacted, Set::CONTACTED) &&
              Same(Stage::kEngaged, Set::ENGAGED) && Same(Stage::kQualifying, Set::QUALIFYING) &&
              Same(Stage::kQualified, Set::QUALIFIED) && Same(Stage::kFollowUp, Set::FOLLOW_UP) &&
              Same(Stage::kConverted, Set::CONVERTED) && Same(Stage::kLost, Set::LOST) &&
              Same(Stage::kArchived, Set::ARCHIVED) &&
              Same(kStageProtoNames.size(), v1::SetStage_Stage_Stage_ARRAYSIZE));

using Kind = v1::Change;
static_assert(
    Same(ChangeKind::kLeadCreated, Kind::LEAD_CREATED) &&
    Same(ChangeKind::kEmailStatusChanged, Kind::EMAIL_STATUS_CHANGED) &&
    Same(ChangeKind::kSendableChanged, Kind::SENDABLE_CHANGED) &&
    Same(ChangeKind::kStageChanged, Kind::STAGE_CHANGED) && Same(ChangeKind::kScoreChanged, Kind::SCORE_CHANGED) &&
    Same(ChangeKind::kTierChanged, Kind::TIER_CHANGED) && Same(ChangeKind::kSegmentLeft, Kind::SEGMENT_LEFT) &&
    Same(ChangeKind::kSegmentEntered, Kind::SEGMENT_ENTERED) && Same(ChangeKind::kLeadErased, Kind::LEAD_ERASED) &&
    Same(ChangeKind::kTopicChanged, Kind::TOPIC_CHANGED) && Same(ChangeKind::kLeadMerged, Kind::LEAD_MERGED) &&
    Same(ChangeKind::kLeadUpdated, Kind::LEAD_UPDATED) && Same(kChangeKindCount, v1::Change_Kind_Kind_ARRAYSIZE));
static_assert(Same(CauseKind::kEvent, v1::Cause::EVENT) && Same(CauseKind::kCommand, v1::Cause::COMMAND) &&
              Same(CauseKind::kTime, v1::Cause::TIME) && Same(CauseKind::kDefinitions, v1::Cause::DEFINITIONS) &&
              Same(kCauseKindProtoNames.size(), v1::Cause_Kind_Kind_ARRAYSIZE));

using Letter = v1::DeadLetter;
static_assert(Same(Reason::kMalformed, Letter::MALFORMED) && Same(Reason::kTooLarge, Letter::TOO_LARGE) &&
              Same(Reason::kMissingTenant, Letter::MISSING_TENANT) &&
              Same(Reason::kMissingLead, Letter::MISSING_LEAD) &&
              Same(Reason::kMissingEventId, Letter::MISSING_EVENT_ID) &&
              Same(Reason::kMissingCommandId, Letter::MISSING_COMMAND_ID) &&
              Same(Reason::kUnknownType, Letter::UNKNOWN_TYPE) && Same(Reason::kBadTimestamp, Letter::BAD_TIMESTAMP) &&
              Same(Reason::kFutureTimestamp, Letter::FUTURE_TIMESTAMP) &&
              Same(Reason::kInvalidValue, Letter::INVALID_VALUE) && Same(Reason::kFinalStage, Letter::FINAL_STAGE) &&
              Same(Reason::kTooManyAttributes, Letter::TOO_MANY_ATTRIBUTES) &&
              Same(Reason::kLeadTooLarge, Letter::LEAD_TOO_LARGE) && Same(Reason::kUnsupported, Letter::UNSUPPORTED) &&
              Same(Reason::kWrongPartition, Letter::WRONG_PARTITION) && Same(Reason::kConflict, Letter::CONFLICT) &&
              Same(kReasonCount, v1::DeadLetter_Reason_Reason_ARRAYSIZE));

}  // namespace

std::string_view ReasonName(Reason reason) {
  LP_ASSERT(static_cast<size_t>(reason) < kReasonNames.size());
  return kReasonNames[static_cast<size_t>(reason)];
}

std::string_view ChangeKindName(ChangeKind kind) {
  LP_ASSERT(static_cast<size_t>(kind) < kChangeKindProtoNames.size());
  return kChangeKindProtoNames[static_cast<size_t>(kind)];
}

void SetLead(std::string_view lead_id, std::string_view email, std::string* lead, std::string* address,
             bool* by_address) {
  *by_address = lead_id.empty() && !email.empty();
  address->clear();
  if (!email.empty()) NormalizeAddress(email, address);
  SetText(*by_address ? std::string_view(*address) : lead_id, lead);
  if (!IsAddress(*address)) address->clear();
}

std::string FormerAddressOf(std::string_view email, std::string_view lead, bool by_address) {
  if (!by_address || IsAscii(email)) return {};
  std::string former = FormerAddress(email);
  if (former == lead) former.clear();
  return former;
}

}  // namespace leadpulse::codec
