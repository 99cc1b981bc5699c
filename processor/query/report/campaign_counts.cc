#include "processor/query/report/campaign_counts.h"

namespace leadpulse::report {
namespace {

constexpr std::array<std::string_view, kMeasureCount> kMeasureNames = {
    "mailed",  "sent",    "delivered",   "opened",      "openedWithMachines", "clicked",   "clickedWithMachines",
    "replied", "bounced", "bouncedHard", "bouncedSoft", "unsubscribed",       "complained"};
constexpr std::array<std::string_view, kRateCount> kRateNames = {
    "delivery",    "bounce",    "open",        "openWithMachines",       "click", "clickWithMachines", "reply",
    "unsubscribe", "complaint", "clickToOpen", "clickToOpenWithMachines"};

uint64_t LeadsOf(const CampaignCounts& counts, Measure measure) { return counts[measure].leads; }

}  // namespace

std::string_view MeasureName(Measure measure) { return kMeasureNames[static_cast<size_t>(measure)]; }
std::string_view RateName(Rate rate) { return kRateNames[static_cast<size_t>(rate)]; }

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
  if (LeadsOf(counts, Measure::kDelivered) > 0) return RateBase::kDelivered;
  return LeadsOf(counts, Measure::kSent) > 0 ? RateBase::kSent : RateBase::kNone;
}

std::string_view RateBaseName(RateBase base) {
  switch (base) {
    case RateBase::kDelivered:
      return "delivered";
    case RateBase::kSent:
      return "sent";
    case RateBase::kNone:
      return "none";
  }
  return "";
}

std::optional<double> Ratio(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<double> RateOf(const CampaignCounts& counts, Rate rate) {
  const auto leads = [&counts](Measure measure) { return LeadsOf(counts, measure); };
  const uint64_t base = leads(RateBaseOf(counts) == RateBase::kDelivered ? Measure::kDelivered : Measure::kSent);
  switch (rate) {
    case Rate::kDelivery:
      if (leads(Measure::kDelivered) == 0) return std::nullopt;
      return Ratio(leads(Measure::kDelivered), leads(Measure::kMailed));
    case Rate::kBounce:
      return Ratio(leads(Measure::kBounced), leads(Measure::kMailed));
    case Rate::kOpen:
      return Ratio(leads(Measure::kOpened), base);
    case Rate::kOpenAny:
      return Ratio(leads(Measure::kOpenedAny), base);
    case Rate::kClick:
      return Ratio(leads(Measure::kClicked), base);
    case Rate::kClickAny:
      return Ratio(leads(Measure::kClickedAny), base);
    case Rate::kReply:
      return Ratio(leads(Measure::kReplied), base);
    case Rate::kUnsubscribe:
      return Ratio(leads(Measure::kUnsubscribed), base);
    case Rate::kComplaint:
      return Ratio(leads(Measure::kComplained), base);
    case Rate::kClickToOpen:
      return Ratio(leads(Measure::kClicked), leads(Measure::kOpened));
    case Rate::kClickToOpenAny:
      return Ratio(leads(Measure::kClickedAny), leads(Measure::kOpenedAny));
  }
  return std::nullopt;
}

}  // namespace leadpulse::report
