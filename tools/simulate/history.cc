#include "tools/simulate/history.h"

#include <algorithm>
#include <array>

#include "processor/base/engagement.h"
#include "tools/simulate/mail.h"
#include "tools/simulate/visits.h"

namespace leadpulse::simulate {
namespace {

constexpr uint64_t kDecisionsPerMillionLeadDays = 15'000;  // on weekdays; none at weekends
constexpr uint64_t kConsentsPerMillionJoins = 920'000;
constexpr uint64_t kListsPerMillionJoins = 80'000;

struct KindShare {
  Kind kind;
  uint64_t below;  // ascending: a number drawn below kMillion chooses the first kind whose bound exceeds it
};
constexpr std::array<KindShare, 11> kShares = {{{Kind::kNote, 320'000},
                                                {Kind::kTags, 500'000},
                                                {Kind::kStage, 660'000},
                                                {Kind::kLists, 750'000},
                                                {Kind::kAgent, 830'000},
                                                {Kind::kQualification, 900'000},
                                                {Kind::kProfileChange, 960'000},
                                                {Kind::kCampaigns, 980'000},
                                                {Kind::kConsent, 990'000},
                                                {Kind::kDoNotContact, 999'700},
                                                {Kind::kErase, 1'000'000}}};

// Adds the leads that join within the slice.
void Join(const Slice& slice, World* world) {
  Random& random = world->random();
  for (auto lead = static_cast<uint32_t>(slice.joined); lead < slice.joining; ++lead) {
    const Instant at = world->DrawInstant(slice);
    world->Happen({.occurred = at, .detail = random.Next(), .lead = lead, .kind = Kind::kProfile});
    // An odd detail grants, an even one withdraws.
    if (random.Chance(kConsentsPerMillionJoins)) {
      world->Happen({.occurred = at + Millis{1000}, .detail = random.Next() | 1, .lead = lead, .kind = Kind::kConsent});
    }
    if (random.Chance(kListsPerMillionJoins))
      world->Happen({.occurred = at + Millis{2000}, .detail = random.Next(), .lead = lead, .kind = Kind::kLists});
  }
}

// Makes decisions of sales on weekdays in office hours: notes, tags, lists, stages, agents. A more active lead gets
// more.
void MakeDecisions(const Slice& slice, World* world) {
  constexpr int kSaturday = 5, kOfficeOpens = 8, kOfficeCloses = 18;
  constexpr uint64_t kOfficeSlices = std::chrono::hours(kOfficeCloses - kOfficeOpens) / kSlice;
  if (slice.weekday >= kSaturday || slice.hour < kOfficeOpens || slice.hour >= kOfficeCloses) return;
  Random& random = world->random();
  for (uint64_t left = random.Count(slice.joined * kDecisionsPerMillionLeadDays / kOfficeSlices); left > 0; --left) {
    const uint32_t lead = world->popularity().Pick(&random);
    const uint64_t drawn = random.Below(kMillion);
    if (lead >= slice.joined || world->lead(lead).erased) continue;
    const Kind kind = std::ranges::find_if(kShares, [&](const KindShare& share) { return drawn < share.below; })->kind;
    world->Happen({.occurred = world->DrawInstant(slice), .detail = random.Next(), .lead = lead, .kind = kind});
  }
}

// Returns a lead's next stage, from the stage that was set last.
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

// Decides the new stage. A closed lead stays in its stage and keeps its agent: a command that would be rejected becomes
// a note.
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

bool History::Next(codec::Record* record) {
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
    spoil_ = bad_.Chance(world_.options().bad_per_million);
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
  if (pending->again) return true;  // already settled at its first arrival
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
