// Counts the results of a campaign's mail: distinct leads and events, and the usual rates of email marketing.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

namespace leadpulse::report {

// The counted events. Machines are counted in kOpenedAny and kClickedAny only; retracted events are not counted.
enum class Measure : uint8_t {
  kMailed,  // sent, delivered or bounced, because some platforms do not report `sent`
  kSent,
  kDelivered,
  kOpened,
  kOpenedAny,
  kClicked,
  kClickedAny,
  kReplied,
  kBounced,
  kBouncedHard,
  kBouncedSoft,
  kUnsubscribed,
  kComplained,
};
inline constexpr size_t kMeasureCount = 13;
using MeasureSet = std::bitset<kMeasureCount>;
// Returns the name in JSON: `openedWithMachines`.
std::string_view MeasureName(Measure measure);

struct Tally {
  uint64_t leads = 0;  // with at least one
  uint64_t events = 0;
  friend bool operator==(const Tally&, const Tally&) = default;
};

// One lead's part in a campaign.
struct LeadInCampaign {
  bool assigned = false;
  bool reachable = false;  // has an address that is not bounced
  bool sendable = false;   // has an address and may be mailed
  bool folded = false;     // some of its events are folded, and their campaign is lost
  std::array<uint32_t, kMeasureCount> events{};

  uint32_t& operator[](Measure measure) { return events[static_cast<size_t>(measure)]; }
  uint32_t operator[](Measure measure) const { return events[static_cast<size_t>(measure)]; }
};

struct CampaignCounts {
  uint64_t leads = 0;  // assigned, or with an event
  uint64_t assigned = 0;
  // Among the assigned leads:
  uint64_t assigned_mailed = 0;
  uint64_t assigned_reachable = 0;
  uint64_t assigned_sendable = 0;
  uint64_t with_folded = 0;  // leads that may have had more events of the campaign
  std::array<Tally, kMeasureCount> tallies{};

  const Tally& operator[](Measure measure) const { return tallies[static_cast<size_t>(measure)]; }
  void Add(const LeadInCampaign& lead);
  friend bool operator==(const CampaignCounts&, const CampaignCounts&) = default;
};

// Adds a campaign's counts.
CampaignCounts& operator+=(CampaignCounts& sum, const CampaignCounts& other);

// The base of the rates of engagement: leads delivered to, or, if deliveries are not reported, leads sent to.
enum class RateBase : uint8_t { kNone, kSent, kDelivered };
RateBase RateBaseOf(const CampaignCounts& counts);
std::string_view RateBaseName(RateBase base);  // `delivered`, `sent`, `none`

enum class Rate : uint8_t {
  kDelivery,  // delivered of mailed
  kBounce,    // bounced of mailed
  kOpen,      // this and the next ones: of the base
  kOpenAny,
  kClick,
  kClickAny,
  kReply,
  kUnsubscribe,
  kComplaint,
  kClickToOpen,  // clicked of opened
  kClickToOpenAny,
};
inline constexpr size_t kRateCount = 11;
std::string_view RateName(Rate rate);  // `openWithMachines`

// Returns a rate of distinct leads, as Share does. nullopt for delivery also if deliveries are not reported.
std::optional<double> RateOf(const CampaignCounts& counts, Rate rate);

// Returns part / whole; nullopt if `whole` is 0.
std::optional<double> Ratio(uint64_t part, uint64_t whole);
// Returns the same, but nullopt also if `whole` is less than `part`, and so not all of it: a platform may report opens
// of mail that it did not report as sent.
std::optional<double> Share(uint64_t part, uint64_t whole);

}  // namespace leadpulse::report
