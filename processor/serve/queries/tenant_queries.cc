// Shared addresses, contacts that may be mailed, and counts.
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/base/worker_pool.h"
#include "processor/query/duplicates/duplicates.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/state_access.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/visible_counts.h"

namespace leadpulse::serve {
namespace {

using query::SharedAddress;

v1::CursorPlace PlaceOf(const SharedAddress& shared) {
  v1::CursorPlace place;
  place.set_number(static_cast<double>(shared.leads));
  place.set_encoded_key(shared.mailbox.lead);
  return place;
}

Result<SharedAddress> ReadAddressCursor(const v1::FindDuplicates& request) {
  LP_ASSIGN_OR_RETURN(v1::CursorPlace written, ReadCursor(request.cursor(), QueryWithoutPage(request)));
  constexpr double kExact = 9e15;
  if (!(written.number() >= 0 && written.number() < kExact)) return NoCursor();
  SharedAddress place;
  place.mailbox = {request.caller().tenant_id(), std::move(*written.mutable_encoded_key())};
  place.leads = static_cast<uint64_t>(written.number());
  return place;
}

// Sets an address. With `for_front` also the leads that another run may have.
void SetAddress(const SharedAddress& shared, bool for_front, v1::SharedAddress* answer) {
  answer->set_address(shared.mailbox.lead);
  answer->set_leads(shared.leads);
  answer->set_sendable(shared.sendable);
  answer->set_suppressed(shared.is_suppressed);
  answer->mutable_first_leads()->Add(shared.first.begin(), shared.first.end());
  if (for_front) answer->mutable_absent()->Add(shared.absent.begin(), shared.absent.end());
}

void SetCampaign(const report::CampaignCounts& counts, v1::CampaignCount* answer) {
  answer->set_leads(counts.leads);
  answer->set_assigned(counts.assigned);
  answer->set_reached(counts[report::Measure::kMailed].leads);
}

// Adds the campaigns that `counts` lists, and those that are declared, even without a lead. Not if some are missing
// from `counts`: nobody knows which.
void AddCampaigns(const report::TenantReport& counts, const config::DeclaredNames& names, v1::LeadCounts* answer) {
  std::set<std::string> counted;  // folded ids
  const auto add = [&](const std::string& id) {
    counted.insert(FoldCase(id));
    v1::CampaignCount* count = answer->add_campaigns();
    count->set_id(id);
    count->set_name(std::string(names.NameOf(id)));
    const config::DeclaredName* declared = names.Find(id);
    count->set_ended(declared != nullptr && !declared->active);
    return count;
  };
  for (const report::CampaignReport& campaign : counts.campaigns) SetCampaign(campaign.counts, add(campaign.id));
  if (counts.other_campaigns > 0) return;
  for (const config::DeclaredName& declared : names.all()) {
    if (!counted.contains(FoldCase(declared.id))) add(declared.id);
  }
}

}  // namespace

Result<v1::Duplicates> FindDuplicates(const Snapshot& snapshot, const v1::FindDuplicates& request) {
  LP_RETURN_IF_ERROR(CheckLimit(request.limit()));
  std::optional<SharedAddress> after;
  if (!request.cursor().empty()) {
    LP_ASSIGN_OR_RETURN(after, ReadAddressCursor(request));
  }
  WorkerPool alone(1);
  LP_ASSIGN_OR_RETURN(const std::vector<SharedAddress> all,
                      query::FindSharedAddresses(snapshot.rows, snapshot.definitions, request.caller().tenant_id(),
                                                 snapshot.clock, &alone, AgentOf(request.caller())));
  v1::Duplicates answer;
  answer.set_clock_ms(snapshot.clock.millis);
  const SharedAddress* last = nullptr;
  size_t bytes = 0;
  for (const SharedAddress& shared : all) {
    if (after && !query::ComesFirst(*after, shared)) continue;
    if (static_cast<uint32_t>(answer.addresses_size()) == request.limit() || bytes > kPageBytes) {
      answer.set_cursor(WriteCursor(PlaceOf(*last), QueryWithoutPage(request)));
      break;
    }
    SetAddress(shared, snapshot.share != nullptr, answer.add_addresses());
    if (request.places()) *answer.add_places() = PlaceOf(shared);
    last = &shared;
    bytes += answer.addresses().rbegin()->ByteSizeLong();
  }
  return answer;
}

Result<v1::SendableLeads> FindSendable(const Snapshot& snapshot, const v1::FindSendable& request) {
  const std::string& tenant = request.caller().tenant_id();
  if (AgentOf(request.caller())) return Status::Rejected("only for callers who see the whole tenant");
  if (request.lead_ids_size() > kMostSendable) return Status::Rejected("more than 1,000 leads");
  v1::SendableLeads answer;
  for (const std::string& id : request.lead_ids()) {
    LP_ASSIGN_OR_RETURN(
        const std::optional<bool> is_sendable,
        query::IsSendable(snapshot.rows, {tenant, id}, snapshot.definitions.For(tenant), snapshot.clock));
    if (is_sendable.value_or(false)) answer.add_lead_ids(id);
  }
  return answer;
}

Result<v1::ErasedLeads> FindErased(const Snapshot& snapshot, const v1::FindErased& request) {
  const std::string& tenant = request.caller().tenant_id();
  if (AgentOf(request.caller())) return Status::Rejected("only for callers who see the whole tenant");
  if (request.lead_ids_size() > kMostSendable) return Status::Rejected("more than 1,000 leads");
  v1::ErasedLeads answer;
  for (const std::string& id : request.lead_ids()) {
    if (id.empty()) continue;
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> row, query::FindRow(snapshot.rows, {tenant, id}));
    std::optional<Instant> erased_at;
    if (row && row->erased_at != Instant::DistantPast()) erased_at = row->erased_at;
    if (!row) {
      LP_ASSIGN_OR_RETURN(const std::optional<state::Erasure> erasure, query::FindErasure(snapshot.rows, {tenant, id}));
      if (erasure) erased_at = erasure->erased_at;
    }
    if (!erased_at) continue;
    v1::ErasedLead* erased = answer.add_leads();
    erased->set_lead_id(id);
    erased->set_erased_ms(erased_at->millis);
    erased->set_is_there(row && (row->is_lead() || !query::UsersOf(*row).empty()));
  }
  return answer;
}

Result<v1::LeadCounts> CountLeads(const Snapshot& snapshot, const v1::CountLeads& request) {
  const std::string& tenant = request.caller().tenant_id();
  LP_ASSIGN_OR_RETURN(const report::TenantReport counts,
                      CountVisible(snapshot, request.caller(), {.segments = true, .campaigns = true}));
  v1::LeadCounts answer;
  answer.set_clock_ms(snapshot.clock.millis);
  const config::TenantDefinitions& definitions = snapshot.definitions.For(tenant);
  const std::vector<config::Segment>& segments = definitions.segments;
  for (size_t i = 0; i < segments.size(); ++i) {
    v1::SegmentCount* segment = answer.add_segments();
    segment->set_id(segments[i].id);
    segment->set_name(segments[i].name);
    segment->set_rule(segments[i].rule.source);
    segment->set_leads(counts.segments[i].leads);
    if (!request.moves_today() || AgentOf(request.caller())) continue;
    LP_ASSIGN_OR_RETURN(const state::DayCounts today,
                        CountsToday(snapshot, {{}, tenant, state::DayScope::kSegment, segments[i].id}));
    segment->set_entered_today(today.changes.entered + today.by_definitions.entered);
    segment->set_left_today(today.changes.left + today.by_definitions.left);
  }
  AddCampaigns(counts, definitions.names.campaigns, &answer);
  answer.set_other_campaigns(counts.other_campaigns);
  SetCampaign(counts.of_other_campaigns, answer.mutable_of_other_campaigns());
  return answer;
}

}  // namespace leadpulse::serve
