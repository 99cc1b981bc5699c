// The facts about one lead that a report counts.
#pragma once

#include <map>
#include <optional>
#include <string>

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

struct LeadFacts {
  std::string tenant;
  bool is_lead = true;             // false: a mailbox that is not a lead itself; only `addresses` is set
  query::AddressCounts addresses;  // what its row adds to the counts
  bool has_address = false;
  state::PublishedView view;
  // The view at the state's clock, where the changes end, if that is another instant.
  std::optional<state::PublishedView> view_at_clock;
  LeadCampaigns campaigns;                         // by folded name: assigned ones, and those of events
  std::optional<LeadInCampaign> without_campaign;  // nullopt: it has no such event
  LeadInCampaign all_mail;
  FoldedCounts folded;
};

// The campaigns of the journal's entries. Sets only `events` of each LeadInCampaign.
LeadCampaigns CampaignsOfEntries(const state::Journal& journal);

// The facts, without `addresses`, of a lead that is not only a mailbox of others, and the view at `clock` if that is
// set and another instant than the lead's.
LeadFacts FactsOfLead(const query::EvaluatedLead& lead, std::optional<Instant> clock);

// Evaluates the lead at `at` and, if it is set, at `clock`. Attribute::converted need not be set. `store` holds the
// leads of the same address; its errors are returned.
Result<LeadFacts> MakeLeadFacts(const state::LeadReader& store, state::Lead lead,
                                const config::TenantDefinitions& definitions, Instant at, std::optional<Instant> clock);

}  // namespace leadpulse::report
