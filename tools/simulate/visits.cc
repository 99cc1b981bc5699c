#include "tools/simulate/visits.h"

#include <array>

namespace leadpulse::simulate {
namespace {

constexpr uint64_t kVisitsPerMillionLeadDays = 40'000;
constexpr uint64_t kNextPagesPerMillionPages = 580'000;
constexpr uint64_t kOrdersPerMillionVisits = 15'000;
constexpr uint64_t kCustomsPerMillionVisits = 20'000;        // demos, trials, downloads and webinars
constexpr uint64_t kResubscribesPerMillionVisits = 300'000;  // only of visits by leads that unsubscribed
constexpr int kMostPages = 15;

// Visits in each hour of a weekday, per thousand of the day.
constexpr std::array<uint64_t, 24> kHours = {12, 8,  6,  5,  6,  10, 20, 36, 58, 70, 74, 70,
                                             60, 66, 70, 68, 62, 54, 48, 46, 48, 45, 35, 23};

}  // namespace

void Visit(uint32_t lead, Instant at, World* world) {
  Random& random = world->random();
  for (int page = 1; page == 1 || (page <= kMostPages && random.Chance(kNextPagesPerMillionPages)); ++page) {
    world->Happen({.occurred = at, .detail = random.Next(), .lead = lead, .kind = Kind::kPageVisit});
    at = at + Millis{1000} + DrawDelay(std::chrono::seconds(45), Spread::kUsual, &random);
  }
  if (random.Chance(kOrdersPerMillionVisits))
    world->Happen({.occurred = at, .detail = random.Next(), .lead = lead, .kind = Kind::kOrder});
  if (random.Chance(kCustomsPerMillionVisits))
    world->Happen({.occurred = at, .detail = random.Next(), .lead = lead, .kind = Kind::kCustom});
}

void MakeVisits(const Slice& slice, World* world) {
  constexpr int kSaturday = 5;
  constexpr uint64_t kSlicesAnHour = std::chrono::hours(1) / kSlice;
  Random& random = world->random();
  uint64_t millionths =
      slice.joined * kVisitsPerMillionLeadDays / kSlicesAnHour * kHours[static_cast<size_t>(slice.hour)] / 1000;
  if (slice.weekday >= kSaturday) millionths = millionths * 2 / 5;
  for (uint64_t left = random.Count(millionths); left > 0; --left) {
    const uint32_t lead = world->popularity().Pick(&random);
    if (lead >= slice.joined || world->lead(lead).erased) continue;
    const Instant at = world->DrawInstant(slice);
    Visit(lead, at, world);
    if (world->lead(lead).unsubscribed && random.Chance(kResubscribesPerMillionVisits)) {
      world->Happen({.occurred = at + Millis{30'000}, .lead = lead, .kind = Kind::kResubscribe});
    }
  }
}

}  // namespace leadpulse::simulate
