#include "processor/engine/lead_record.h"

#include "leadpulse/v1/changelog.pb.h"
#include "processor/base/assert.h"
#include "processor/base/engagement.h"
#include "processor/engine/view_changes.h"
#include "processor/view/view.h"
#include "schemas/codec/protobuf_change.h"
#include "state/codec/row_fields.h"

namespace leadpulse::engine {
namespace {

void SetView(const state::Lead& lead, const config::TenantDefinitions& definitions, v1::LeadRecord* out) {
  const state::PublishedView& view = lead.view;
  LP_ASSERT(view.tier < definitions.tiers.size());
  out->set_score(view.score);
  out->set_tier(std::string(PublishedTier(lead, definitions)));
  out->set_email_status(std::string(EmailStatusName(view.email_status)));
  out->set_sendable(view.sendable);
  out->set_stage(std::string(StageName(view.stage)));
  LP_ASSERT(view.segments.empty() || view.segments.back() < definitions.segments.size());
  for (std::string_view id : PublishedSegments(lead, definitions)) out->add_segments(std::string(id));
  for (std::string_view topic : view::TopicsOut(view, definitions)) out->add_topics_out(std::string(topic));
}

// Appends it as the last field of the message, to avoid a copy of the largest part of the record.
void AppendStored(std::string_view stored, std::string* out) {
  state::AppendFieldHead(v1::LeadRecord::kStoredFieldNumber, stored.size(), out);
  out->append(stored);
}

}  // namespace

void EncodeLeadRecord(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant at,
                      std::string_view stored, std::string* out) {
  if (!lead.is_lead()) return AppendStored(stored, out);
  v1::LeadRecord record;
  record.set_tenant_id(lead.key.tenant);
  record.set_lead_id(lead.key.lead);
  record.set_seq(lead.last_seq.value);
  codec::SetTimestamp(at, record.mutable_at());
  SetView(lead, definitions, &record);
  if (!lead.is_evaluated()) {
    record.set_pending(true);
    record.set_sendable(false);
  }
  out->reserve(out->size() + record.ByteSizeLong() + state::kMaxFieldHeadBytes + stored.size());
  LP_ASSERT(record.AppendToString(out));
  AppendStored(stored, out);
}

}  // namespace leadpulse::engine
