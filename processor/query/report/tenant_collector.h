// Adds up the leads of one tenant.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/query/report/lead_facts.h"
#include "processor/query/report/report.h"

namespace leadpulse::report {

// The counts at the state's clock, where the changes end.
struct StandingAtClock {
  uint64_t leads = 0;
  ByStage<uint64_t> stages{};
  std::vector<uint64_t> tiers;     // by index
  std::vector<uint64_t> segments;  // by index
};

// Leads that were counted elsewhere; their events as the number of leads that have them.
struct CountedLeads {
  uint64_t leads = 0;
  ByStage<uint64_t> stages{};
  std::vector<uint64_t> tiers;                      // by index
  std::vector<uint64_t> segments;                   // by index
  std::map<int64_t, uint64_t> scores;               // leads by score
  std::map<std::string, CampaignReport> campaigns;  // by folded name; also without leads: then it is only spelled
};

// Memory: tiers, segments, scores and kMaxCampaigns campaigns. Called by one thread.
class TenantCollector {
 public:
  // `definitions` outlives this.
  TenantCollector(std::string tenant, const config::TenantDefinitions& definitions);

  // Deterministic for leads in the same order, which decides which campaigns are shown and how they are spelled.
  void Add(const LeadFacts& lead);
  // Before other leads, so that their campaigns are shown, and as they are spelled. At most kMaxCampaigns.
  void AddCounted(CountedLeads counted);
  uint64_t leads() const { return report_.leads; }

  // Call it once, after the last lead. Everything except the history.
  TenantReport Finish();
  const StandingAtClock& at_clock() const { return at_clock_; }
  const config::TenantDefinitions& definitions() const { return definitions_; }

 private:
  void AddCampaigns(const LeadFacts& lead);
  void Stand(const state::PublishedView& view);

  const config::TenantDefinitions& definitions_;
  TenantReport report_;
  StandingAtClock at_clock_;
  ScoreHistogram scores_;
  std::map<std::string, CampaignReport> campaigns_;  // by folded name
};

}  // namespace leadpulse::report
