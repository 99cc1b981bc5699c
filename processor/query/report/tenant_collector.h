// The facts about one lead that a report counts, and the sums of one tenant.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/query/duplicates/duplicates.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/report/campaign_counts.h"
#include "processor/query/report/report.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::report {

struct LeadCampaign {
  std::string spelling;
  LeadInCampaign lead;
};

using LeadCampaigns = std::map<std::string, LeadCampaign>;

// The facts about one lead that a report counts.
struct LeadFacts {
  std::string tenant;
  bool is_lead = true;             // false: a mailbox that is not a lead itself; only `addresses` is set
  query::AddressCounts addresses;  // the part of its row in the counts
  bool has_address = false;
  state::PublishedView view;
  // The view at the state's clock, where the changes end, if that is another instant.
  std::optional<state::PublishedView> view_at_clock;
  LeadCampaigns campaigns;                         // by folded name: assigned ones, and those of events
  std::optional<LeadInCampaign> without_campaign;  // nullopt: no such event
  LeadInCampaign all_mail;
  FoldedCounts folded;
};

// Returns the measures that count the entry, which are none if it was retracted.
MeasureSet MeasuresOfEntry(const state::JournalEntry& entry);

// Returns the facts, without `addresses`, of a lead that is not only a mailbox of others, and the view at `clock` if
// that is set and differs from the lead's instant.
LeadFacts FactsOfLead(const query::EvaluatedLead& lead, std::optional<Instant> clock);

// Evaluates the lead at `at` and, if it is set, at `clock`. Attribute::converted need not be set. `store` has the leads
// of the same address; its errors are returned.
Result<LeadFacts> MakeLeadFacts(const state::LeadReader& store, state::Lead lead,
                                const config::TenantDefinitions& definitions, Instant at, std::optional<Instant> clock);

// The number of leads, in total and by stage, tier and segment.
struct LeadCounts {
  uint64_t leads = 0;
  ByStage<uint64_t> stages{};
  std::vector<uint64_t> tiers;     // by index
  std::vector<uint64_t> segments;  // by index
};

// Leads that were counted elsewhere; an event counts as the number of leads that have it.
struct CountedLeads : LeadCounts {
  std::map<int64_t, uint64_t> scores;               // leads by score
  std::map<std::string, CampaignReport> campaigns;  // by folded name; without leads, only the spelling matters
};

// The sums of one tenant's leads. Memory: tiers, segments, scores and kMaxCampaigns campaigns. Called by one thread.
class TenantCollector {
 public:
  // Creates a collector. `definitions` outlives it.
  TenantCollector(std::string tenant, const config::TenantDefinitions& definitions);

  // Adds a lead. The order of leads decides which campaigns are shown and how they are spelled.
  void Add(const LeadFacts& lead);
  // Adds leads counted elsewhere. Call it before other leads, so that these campaigns are shown, and with this
  // spelling. At most kMaxCampaigns.
  void AddCounted(CountedLeads counted);
  uint64_t leads() const { return report_.leads; }

  // Returns everything except the history. Call it once, after the last lead.
  TenantReport Finish();
  // Returns the counts at the state's clock, where the changes end.
  const LeadCounts& at_clock() const { return at_clock_; }
  const config::TenantDefinitions& definitions() const { return definitions_; }

 private:
  void AddCampaigns(const LeadFacts& lead);
  void Stand(const state::PublishedView& view);

  const config::TenantDefinitions& definitions_;
  TenantReport report_;
  LeadCounts at_clock_;
  ScoreHistogram scores_;
  std::map<std::string, CampaignReport> campaigns_;  // by folded name
};

}  // namespace leadpulse::report
