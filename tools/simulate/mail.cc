#include "tools/simulate/mail.h"

#include <algorithm>
#include <array>

#include "tools/simulate/visits.h"

namespace leadpulse::simulate {
namespace {

constexpr uint64_t kCampaignsPerMillionDays = 500'000;  // on weekdays other than Tuesday
constexpr uint64_t kNewslettersPerMillionLeads = 900'000;
constexpr uint64_t kHardBouncesPerMillionMails = 3'000;    // as lists decay: about a fifth a year
constexpr uint64_t kFullMailboxesPerMillionMails = 3'500;  // each begins a row of one to six soft bounces
constexpr uint64_t kDeliveriesPerMillionEmptyings = 600'000;
constexpr uint64_t kMisreportsPerMillionHardBounces = 20'000;  // retracted the day after
constexpr uint64_t kMisreportsPerMillionClicks = 500;
constexpr uint64_t kReopensPerMillionOpens = 250'000;
constexpr uint64_t kClicksPerMillionOpens = 130'000;  // 2.6 % of the delivered mails
constexpr uint64_t kRepeatsPerMillionClicks = 200'000;
constexpr uint64_t kVisitsPerMillionClicks = 900'000;      // the other clicks come from people who block trackers
constexpr uint64_t kUnsubscribesPerMillionOpens = 10'000;  // 0.2 % of the delivered mails
constexpr uint64_t kComplaintsPerMillionOpens = 1'000;     // 0.02 % of the delivered mails
constexpr uint64_t kRepliesPerMillionOpens = 4'000;        // 0.08 % of the delivered mails
constexpr uint64_t kWithdrawalsPerMillionUnsubscribes = 200'000;
constexpr uint64_t kScannersPerMillionPrograms = 100'000;  // also follow the links of a mail

// The rate by the lead's level (Popularity): 20 % on average.
constexpr std::array<uint64_t, Popularity::kLevels> kOpensPerMillionDeliveries = {
    600'000, 560'000, 520'000, 480'000, 440'000, 400'000, 340'000, 280'000, 200'000, 150'000};
// How many more mails in a row a full mailbox rejects; drawn evenly.
constexpr std::array<uint8_t, 12> kStreaks = {0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 5};

constexpr Millis kLongestReaction = std::chrono::days(5);
// Properties of leads and mailings, as salts of hashes.
enum Property : uint64_t { kProgramOpens = 1, kProgramClicks = 2, kGetsNewsletter = 3, kInAudience = 1'000 };

// Returns the number of slices that a mailing takes; more for a larger one.
uint64_t SlicesOf(uint64_t leads) { return std::clamp<uint64_t>(leads / 5'000, 12, 48); }

// Moves most actions between midnight and six to six hours later, because most people sleep then.
Instant Awake(Instant at, Random* random) {
  constexpr int64_t kHour = 3'600'000;
  const int64_t hour = at.millis / kHour % 24;
  return hour < 6 && !random->Chance(250'000) ? at + Millis{6 * kHour} : at;
}

class Mail {
 public:
  Mail(World* world, uint32_t lead, uint32_t mailing) : world_(world), lead_(lead), mailing_(mailing) {}

  void SendAt(Instant at) {
    Random& random = world_->random();
    Happen(Kind::kSent, at);
    LeadStatus& lead = world_->lead(lead_);
    if (lead.full_mailbox > 0) {
      --lead.full_mailbox;
      BounceSoftly(at, /*emptied=*/lead.full_mailbox == 0);
    } else if (random.Chance(kFullMailboxesPerMillionMails)) {
      lead.full_mailbox = kStreaks[random.Below(kStreaks.size())];
      BounceSoftly(at, lead.full_mailbox == 0);
    } else if (random.Chance(kHardBouncesPerMillionMails)) {
      BounceHard(at);
    } else {
      Deliver(at + DrawDelay(Millis{4'000}, Spread::kWide, &random));
    }
  }

 private:
  uint64_t Happen(Kind kind, Instant at, uint64_t detail = 0, bool machine = false) {
    return world_->Happen(
        {.occurred = at, .detail = detail, .lead = lead_, .mailing = mailing_, .kind = kind, .machine = machine});
  }
  Millis Delay(Millis median, Spread spread = Spread::kUsual) {
    return std::min(kLongestReaction, Millis{500} + DrawDelay(median, spread, &world_->random()));
  }

  void BounceSoftly(Instant sent, bool emptied) {
    const Instant bounced = sent + Delay(std::chrono::seconds(20));
    Happen(Kind::kSoftBounce, bounced);
    if (!emptied || !world_->random().Chance(kDeliveriesPerMillionEmptyings)) return;
    Deliver(bounced + Delay(std::chrono::hours(6)));
  }

  void BounceHard(Instant sent) {
    const Instant bounced = sent + Delay(std::chrono::seconds(3));
    const uint64_t number = Happen(Kind::kHardBounce, bounced);
    if (!world_->random().Chance(kMisreportsPerMillionHardBounces)) return;
    Happen(Kind::kRetractBounce, bounced + Delay(std::chrono::hours(20), Spread::kNarrow), number);
  }

  void Deliver(Instant at) {
    Random& random = world_->random();
    Happen(Kind::kDelivered, at);
    if (world_->Has(lead_, kProgramOpens, world_->options().machine_per_million)) HandleByProgram(at);
    if (random.Chance(kOpensPerMillionDeliveries[static_cast<size_t>(world_->popularity().LevelOf(lead_))])) {
      Read(Awake(at + Delay(std::chrono::hours(2), Spread::kWide), &random));
    }
  }

  // Handles a mail by programs: a privacy proxy opens it immediately, a link scanner follows its links.
  void HandleByProgram(Instant delivered) {
    Happen(Kind::kOpen, delivered + Delay(std::chrono::seconds(30), Spread::kWide), 0, /*machine=*/true);
    if (!world_->Has(lead_, kProgramClicks, kScannersPerMillionPrograms)) return;
    for (uint64_t links = 1 + world_->random().Below(3); links > 0; --links) {
      const Instant clicked = delivered + Delay(std::chrono::seconds(3));
      Happen(Kind::kClick, clicked, world_->random().Next(), /*machine=*/true);
    }
  }

  void Read(Instant at) {
    Random& random = world_->random();
    Happen(Kind::kOpen, at);
    if (random.Chance(kReopensPerMillionOpens)) Happen(Kind::kOpen, Awake(at + Delay(std::chrono::hours(5)), &random));
    if (random.Chance(kClicksPerMillionOpens)) Click(at + Delay(std::chrono::seconds(40)));
    if (random.Chance(kRepliesPerMillionOpens)) {
      Happen(Kind::kReply, at + Delay(std::chrono::minutes(25), Spread::kWide));
    }
    if (random.Chance(kComplaintsPerMillionOpens)) Happen(Kind::kComplaint, at + Delay(std::chrono::seconds(20)));
    if (random.Chance(kUnsubscribesPerMillionOpens)) Unsubscribe(at + Delay(std::chrono::seconds(60)));
  }

  void Click(Instant at) {
    Random& random = world_->random();
    const uint64_t number = Happen(Kind::kClick, at, random.Next());
    if (random.Chance(kMisreportsPerMillionClicks)) {
      Happen(Kind::kRetractClick, at + Delay(std::chrono::hours(3)), number);
    } else if (random.Chance(kVisitsPerMillionClicks)) {
      Visit(lead_, at + Delay(std::chrono::seconds(1), Spread::kNarrow), world_);
    }
    if (!random.Chance(kRepeatsPerMillionClicks)) return;
    const Instant clicked_again = at + Delay(std::chrono::seconds(90));
    Happen(Kind::kClick, clicked_again, random.Next());
  }

  void Unsubscribe(Instant at) {
    Happen(Kind::kUnsubscribe, at);
    if (!world_->random().Chance(kWithdrawalsPerMillionUnsubscribes)) return;
    world_->Happen({.occurred = at + Delay(std::chrono::seconds(2)), .lead = lead_, .kind = Kind::kConsent});
  }

  World* world_;
  uint32_t lead_;
  uint32_t mailing_;
};

bool MayBeMailed(const LeadStatus& lead) {
  return !lead.dead_address && !lead.unsubscribed && !lead.complained && !lead.do_not_contact && !lead.erased;
}

void SendMailing(const Mailing& mailing, uint32_t tenant, const Slice& slice, World* world) {
  // A tenant's leads are those with its remainder; a new lead's slice may already have passed.
  const uint32_t tenants = world->options().tenants;
  const uint64_t leads = (slice.joined + tenants - 1 - tenant) / tenants;
  const uint64_t slices = SlicesOf(leads);
  const auto turn = static_cast<uint64_t>((slice.begin - mailing.begin) / kSlice);
  if (turn >= slices) return;
  const auto day = static_cast<uint32_t>(slice.day);
  for (uint64_t i = leads * turn / slices; i < leads * (turn + 1) / slices; ++i) {
    const auto lead = static_cast<uint32_t>(i * tenants + tenant);
    const uint64_t choice = mailing.newsletter ? kGetsNewsletter : kInAudience + day;
    if (!MayBeMailed(world->lead(lead)) || !world->Has(lead, choice, mailing.audience_per_million)) continue;
    Mail(world, lead, day).SendAt(world->DrawInstant(slice));
  }
}

}  // namespace

std::optional<Mailing> MailingOf(uint64_t seed, uint32_t tenant, int64_t day) {
  constexpr int kTuesday = 1, kSaturday = 5;
  constexpr uint64_t kEarliest = 8 * 4, kQuarters = 6 * 4;  // from 8:00 to 13:45
  const auto weekday = static_cast<int>((day + 3) % 7);
  if (weekday >= kSaturday) return std::nullopt;
  Random random(HashOf(seed, tenant, static_cast<uint64_t>(day)));
  Mailing mailing;
  mailing.newsletter = weekday == kTuesday;
  if (!mailing.newsletter && !random.Chance(kCampaignsPerMillionDays)) return std::nullopt;
  mailing.audience_per_million = mailing.newsletter ? kNewslettersPerMillionLeads : 150'000 + random.Below(250'000);
  const uint64_t quarter = kEarliest + random.Below(kQuarters);
  mailing.begin = Instant{} + std::chrono::days(day) + std::chrono::minutes(quarter * 15);
  return mailing;
}

void SendMail(const Slice& slice, World* world) {
  for (uint32_t tenant = 0; tenant < world->options().tenants; ++tenant) {
    const std::optional<Mailing> mailing = MailingOf(world->options().seed, tenant, slice.day);
    if (mailing && mailing->begin <= slice.begin) SendMailing(*mailing, tenant, slice, world);
  }
}

}  // namespace leadpulse::simulate
