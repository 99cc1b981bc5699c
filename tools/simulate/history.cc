#include "tools/simulate/history.h"

#include <algorithm>

#include "processor/base/engagement.h"
#include "tools/simulate/decisions.h"
#include "tools/simulate/mail.h"
#include "tools/simulate/visits.h"

namespace leadpulse::simulate {
namespace {

// Where a lead goes next, from the stage that was set last.
Stage NextStage(uint64_t drawn, Stage stage) {
  switch (stage) {
    case Stage::kUnspecified:
      return Stage::kContacted;
    case Stage::kContacted:
      return Stage::kQualifying;
    case Stage::kQualifying:
      return Stage::kQualified;
    case Stage::kQualified:
      return Stage::kFollowUp;
    default:
      return Happens(drawn, 300'000)        ? Stage::kConverted
             : Happens(Mix(drawn), 850'000) ? Stage::kLost
                                            : Stage::kArchived;
  }
}

// A closed lead moves no more and gets no other agent: what would be refused becomes a note.
void SettleStage(LeadStatus* lead, PendingRecord* pending) {
  if (lead->closed) {
    pending->kind = Kind::kNote;
    return;
  }
  if (pending->kind != Kind::kStage) return;
  const Stage next = NextStage(pending->detail, static_cast<Stage>(lead->stage));
  pending->detail = static_cast<uint64_t>(next);
  lead->stage = static_cast<uint32_t>(next);
  lead->closed = IsFinal(next);
}

}  // namespace

bool History::Next(Record* record) {
  if (spoil_) {
    spoil_ = false;
    MakeRecord(world_.options(), last_, record);
    Spoil(bad_.Next(), record);
    return true;
  }
  while (true) {
    if (position_ == slice_.size() && !NextSlice()) return false;
    last_ = slice_[position_++];
    if (!Arrive(&last_)) continue;
    world_.MayArriveAgain(last_);
    spoil_ = bad_.Chance(world_.options().bad);
    MakeRecord(world_.options(), last_, record);
    return true;
  }
}

bool History::NextSlice() {
  position_ = 0;
  do {
    if (world_.pending().now() >= world_.end()) return false;
    const Slice slice = world_.CurrentSlice();
    Join(slice, &world_);
    SendMail(slice, &world_);
    MakeVisits(slice, &world_);
    MakeDecisions(slice, &world_);
    world_.pending().TakeSlice(&slice_);
  } while (slice_.empty());
  return true;
}

bool History::Arrive(PendingRecord* pending) {
  LeadStatus& lead = world_.lead(pending->lead);
  if (lead.erased) return false;
  if (pending->again) return true;  // it was settled at its first arrival
  switch (pending->kind) {
    case Kind::kHardBounce:
      lead.dead_address = 1;
      break;
    case Kind::kRetractBounce:
      lead.dead_address = 0;
      break;
    case Kind::kUnsubscribe:
      lead.unsubscribed = 1;
      break;
    case Kind::kResubscribe:
      lead.unsubscribed = 0;
      break;
    case Kind::kComplaint:
      lead.complained = 1;
      break;
    case Kind::kDoNotContact:
      lead.do_not_contact = pending->detail % 4 != 0;
      break;
    case Kind::kErase:
      lead.erased = 1;
      break;
    case Kind::kStage:
    case Kind::kAgent:
      SettleStage(&lead, pending);
      break;
    default:
      break;
  }
  return true;
}

}  // namespace leadpulse::simulate
