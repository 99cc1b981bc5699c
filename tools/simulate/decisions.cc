#include "tools/simulate/decisions.h"

#include <algorithm>
#include <array>

namespace leadpulse::simulate {
namespace {

// Parts per million.
constexpr uint64_t kDecisionsADay = 15'000;  // for each lead, on a weekday
constexpr uint64_t kConsents = 920'000;      // of those who join
constexpr uint64_t kOnLists = 80'000;

struct Share {
  Kind kind;
  uint64_t below;  // of kMillion, in ascending order
};
constexpr std::array<Share, 11> kShares = {{{Kind::kNote, 320'000},
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

}  // namespace

void Join(const Slice& slice, World* world) {
  Random& random = world->random();
  for (auto lead = static_cast<uint32_t>(slice.joined); lead < slice.joining; ++lead) {
    const Instant at = world->DrawInstant(slice);
    world->Happen({Kind::kProfile, lead, at, 0, false, random.Next()});
    // An odd detail grants, an even one withdraws.
    if (random.Chance(kConsents)) {
      world->Happen({Kind::kConsent, lead, at + Millis{1000}, 0, false, random.Next() | 1});
    }
    if (random.Chance(kOnLists)) world->Happen({Kind::kLists, lead, at + Millis{2000}, 0, false, random.Next()});
  }
}

void MakeDecisions(const Slice& slice, World* world) {
  constexpr int kSaturday = 5, kOfficeOpens = 8, kOfficeCloses = 18;
  constexpr uint64_t kOfficeSlices = std::chrono::hours(kOfficeCloses - kOfficeOpens) / kSlice;
  if (slice.weekday >= kSaturday || slice.hour < kOfficeOpens || slice.hour >= kOfficeCloses) return;
  Random& random = world->random();
  for (uint64_t left = random.Count(slice.joined * kDecisionsADay / kOfficeSlices); left > 0; --left) {
    const uint32_t lead = world->popularity().Pick(&random);
    const uint64_t drawn = random.Below(kMillion);
    if (lead >= slice.joined || world->lead(lead).erased) continue;
    const Kind kind = std::ranges::find_if(kShares, [&](const Share& share) { return drawn < share.below; })->kind;
    world->Happen({kind, lead, world->DrawInstant(slice), 0, false, random.Next()});
  }
}

}  // namespace leadpulse::simulate
