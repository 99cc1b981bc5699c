// The numbers of a report for a manager: collected by collect.h, then shown in a terminal, as JSON or as one HTML page.
// README.md explains each count.
//
// Memory is bounded by tenants, tiers, segments, campaigns and days, each with its own limit below, never by the number
// of leads.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/query/duplicates/duplicates.h"
#include "processor/query/report/campaign_counts.h"

namespace leadpulse::report {

struct HistogramBar {
  std::optional<int64_t> from;  // nullopt: everything below `to`
  std::optional<int64_t> to;    // exclusive; nullopt: everything from `from` on
  uint64_t leads = 0;
};

struct Histogram {
  uint64_t leads = 0;
  int64_t min = 0;  // this and the next two are set if there are leads
  int64_t max = 0;
  int64_t median = 0;  // the lower of two; if `width_counted` is above 1, the beginning of its span
  int64_t width_counted = 1;
  std::vector<HistogramBar> bars;  // ascending and without a gap
  // The first score and the number of leads of each non-empty span of `width_counted`; ascending.
  std::vector<std::pair<int64_t, uint64_t>> spans = {};
};

// A counter of scores, one by one; above kMaxSpans different ones, by spans of 10, 100 and so on.
class ScoreHistogram {
 public:
  static constexpr size_t kMaxSpans = 4'096;
  static constexpr size_t kMaxBars = 16;

  void Add(int64_t score, uint64_t leads = 1);
  // Adds the leads of another histogram. Its smallest and largest scores stay exact.
  void Add(const Histogram& other);
  // Makes bars of 1, 2 or 5 times a power of ten. The first and last bar are open if 1 % of the leads are beyond them.
  Histogram Finish() const;

 private:
  void Coarsen();
  // Returns the span of the lead with this number (from 0, ascending).
  int64_t SpanOf(uint64_t number) const;
  int64_t BarWidth(int64_t low, int64_t high) const;

  std::map<int64_t, uint64_t> spans_;  // by score / width_, rounded down
  int64_t width_ = 1;
  uint64_t leads_ = 0;
  int64_t min_ = 0;
  int64_t max_ = 0;
};

inline constexpr size_t kMaxTenants = 50;         // shown one by one: the largest
inline constexpr size_t kMaxCampaigns = 5'000;    // a tenant's first ones; the rest is summed
inline constexpr size_t kMaxFormerNames = 1'000;  // tiers and segments that only a tenant's changes name
inline constexpr size_t kStageCount = static_cast<size_t>(Stage::kArchived) + 1;

// Counts by Stage; the first, kUnspecified, stays 0.
template <typename Count>
using ByStage = std::array<Count, kStageCount>;

// The stages on the way to a customer, in order. Lost and archived leads left it at an unknown stage.
inline constexpr std::array<Stage, 7> kFunnel = {Stage::kNew,        Stage::kContacted, Stage::kEngaged,
                                                 Stage::kQualifying, Stage::kQualified, Stage::kFollowUp,
                                                 Stage::kConverted};

// Stages over a period, from changes. Signed: missing changes may make a count negative.
struct StageHistory {
  ByStage<int64_t> at_beginning{};
  ByStage<int64_t> at_end{};
  ByStage<uint64_t> entered{};  // moves to it; for `new`, leads that were created
  ByStage<uint64_t> erased{};
  std::array<ByStage<uint64_t>, kStageCount> moves{};  // [from][to]

  // Counts the moves to any later stage of kFunnel.
  uint64_t MovedOn(Stage from) const;
  // Returns the share that moved on, of the leads that were in the stage at the beginning or entered it. nullopt if
  // there were none.
  std::optional<double> ConversionRate(Stage from) const;
};

// The number of leads in each tier at the end of a span of days.
struct TierPoint {
  Day first;
  Day last;
  std::vector<int64_t> leads;  // by the tiers of the history
};

struct TierHistory {
  std::vector<std::string> tiers;  // the definitions' tiers, then those that only the changes name
  std::vector<int64_t> at_beginning;
  std::string span;  // `day`, `week`, `month`, `quarter` or `year`: the length of a point
  std::vector<TierPoint> points;
};

struct SegmentFlow {
  int64_t at_beginning = 0;
  int64_t at_end = 0;
  uint64_t entered = 0;
  uint64_t left = 0;  // includes erased leads
  // Those of the above that were caused by changed definitions.
  uint64_t entered_by_definitions = 0;
  uint64_t left_by_definitions = 0;
};

struct SegmentReport {
  std::string id;
  std::string name;
  bool defined = true;  // false: only the changes name it
  uint64_t leads = 0;
  std::optional<SegmentFlow> flow;  // if changes were given
};

struct History {
  uint64_t changes = 0;  // the tenant's, in the period
  uint64_t created = 0;
  uint64_t erased = 0;
  // Leads of the state whose creation is not in the changes. If this is not 0, changes are missing.
  int64_t leads_before_changes = 0;
  Instant first;  // the first change in the period; meaningful if there are any
  Instant last;
  StageHistory stages;
  TierHistory tiers;
};

struct NamedCount {
  std::string name;
  uint64_t leads = 0;
};

struct CampaignReport {
  std::string id;
  CampaignCounts counts;
};

// Events that have left their journals: counted by type; their campaigns are unknown.
struct FoldedCounts {
  uint64_t leads = 0;  // with such events
  std::array<uint64_t, kEventTypeCount> events{};
};

struct TenantReport {
  std::string tenant;
  std::string time_zone;
  uint64_t leads = 0;
  uint64_t with_address = 0;
  uint64_t sendable = 0;  // with an address, active and not do-not-contact
  query::AddressCounts addresses;
  std::array<uint64_t, 4> by_email_status{};  // by EmailStatus
  ByStage<uint64_t> stages{};
  std::vector<NamedCount> tiers;        // as in the definitions
  std::vector<SegmentReport> segments;  // by id
  Histogram scores;
  std::vector<CampaignReport> campaigns;  // most mailed first
  uint64_t other_campaigns = 0;           // how often a lead had one beyond kMaxCampaigns
  CampaignCounts of_other_campaigns;      // summed: a lead counts for each of them
  CampaignCounts without_campaign;
  CampaignCounts all_mail;  // each lead once, whatever its campaigns
  FoldedCounts folded;
  std::optional<History> history;  // nullopt: no changes were given

  // Returns the number of leads in the stage or a later one of kFunnel.
  uint64_t Reached(Stage stage) const;
  // Returns the share of leads that reached the next stage, of those that reached this one. nullopt if there are none,
  // or no next stage.
  std::optional<double> ConversionToNext(Stage stage) const;
};

struct Period {
  std::optional<Instant> from;  // nullopt: from the first change on
  std::optional<Instant> to;    // exclusive; nullopt: to the last change
  bool Includes(Instant t) const { return !(from && t < *from) && !IsPast(t); }
  // Whether the time is at or after the end.
  bool IsPast(Instant t) const { return to && t >= *to; }
};

struct Report {
  Instant at;     // all but the histories is as of this instant
  Instant clock;  // the state's; the histories end there, or are counted back from there
  Period period;
  std::vector<std::string> change_files;
  std::vector<TenantReport> tenants;  // ascending
  uint64_t other_tenants = 0;
  uint64_t other_leads = 0;
};

// Returns the next stage of kFunnel; nullopt for the last stage and for stages that are not in kFunnel.
std::optional<Stage> NextInFunnel(Stage stage);

}  // namespace leadpulse::report
