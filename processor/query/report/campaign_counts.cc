#include "processor/query/report/campaign_counts.h"

namespace leadpulse::report {
namespace {

constexpr std::array<std::string_view, kMeasureCount> kMeasureNames = {
    "mailed",  "sent",    "delivered",   "opened",      "openedWithMachines", "clicked",   "clickedWithMachines",
    "replied", "bounced", "bouncedHard", "bouncedSoft", "unsubscribed",       "complained"};
constexpr std::array<std::string_view, 3> kRateBaseNames = {"none", "sent", "delivered"};

struct RateInfo {
  std::string_view name;
  Measure part;
  std::optional<Measure> whole;  // nullopt: delivered, or sent if no deliveries are known (RateBaseOf)
};
constexpr std::array<RateInfo, kRateCount> kRates = {{
    {"delivery", Measure::kDelivered, Measure::kMailed},
    {"bounce", Measure::kBounced, Measure::kMailed},
    {"open", Measure::kOpened, std::nullopt},
    {"openWithMachines", Measure::kOpenedAny, std::nullopt},
    {"click", Measure::kClicked, std::nullopt},
    {"clickWithMachines", Measure::kClickedAny, std::nullopt},
    {"reply", Measure::kReplied, std::nullopt},
    {"unsubscribe", Measure::kUnsubscribed, std::nullopt},
    {"complaint", Measure::kComplained, std::nullopt},
    {"clickToOpen", Measure::kClicked, Measure::kOpened},
    {"clickToOpenWithMachines", Measure::kClickedAny, Measure::kOpenedAny},
}};

}  // namespace

std::string_view MeasureName(Measure measure) { return kMeasureNames[static_cast<size_t>(measure)]; }
std::string_view RateName(Rate rate) { return kRates[static_cast<size_t>(rate)].name; }

void CampaignCounts::Add(const LeadInCampaign& lead) {
  ++leads;
  with_folded += lead.folded;
  for (size_t i = 0; i < kMeasureCount; ++i) {
    tallies[i].leads += lead.events[i] > 0;
    tallies[i].events += lead.events[i];
  }
  if (!lead.assigned) return;
  ++assigned;
  assigned_mailed += lead[Measure::kMailed] > 0;
  assigned_reachable += lead.reachable;
  assigned_sendable += lead.sendable;
}

CampaignCounts& operator+=(CampaignCounts& sum, const CampaignCounts& other) {
  sum.leads += other.leads;
  sum.assigned += other.assigned;
  sum.assigned_mailed += other.assigned_mailed;
  sum.assigned_reachable += other.assigned_reachable;
  sum.assigned_sendable += other.assigned_sendable;
  sum.with_folded += other.with_folded;
  for (size_t i = 0; i < kMeasureCount; ++i) {
    sum.tallies[i].leads += other.tallies[i].leads;
    sum.tallies[i].events += other.tallies[i].events;
  }
  return sum;
}

RateBase RateBaseOf(const CampaignCounts& counts) {
  if (counts[Measure::kDelivered].leads > 0) return RateBase::kDelivered;
  return counts[Measure::kSent].leads > 0 ? RateBase::kSent : RateBase::kNone;
}

std::string_view RateBaseName(RateBase base) { return kRateBaseNames[static_cast<size_t>(base)]; }

std::optional<double> Ratio(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<double> Share(uint64_t part, uint64_t whole) { return part > whole ? std::nullopt : Ratio(part, whole); }

std::optional<double> RateOf(const CampaignCounts& counts, Rate rate) {
  const bool has_deliveries = RateBaseOf(counts) == RateBase::kDelivered;
  if (rate == Rate::kDelivery && !has_deliveries) return std::nullopt;
  const RateInfo& info = kRates[static_cast<size_t>(rate)];
  const Measure whole = info.whole.value_or(has_deliveries ? Measure::kDelivered : Measure::kSent);
  return Share(counts[info.part].leads, counts[whole].leads);
}

}  // namespace leadpulse::report
