#include "processor/kafka/lead_profiles.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/value.h"
#include "processor/engine/lead_row.h"
#include "processor/kafka/printable_key.h"
#include "processor/view/view.h"
#include "schemas/codec/confluent_framing.h"
#include "schemas/codec/profile_value.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::kafka {
namespace {

constexpr size_t kUsualBytes = 1024;  // few records are longer

template <typename Names>
void AddNames(const Names& names, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (std::string_view name : names) out->Add(std::string(name));
}

v1::LeadProfile ToMessage(const state::Lead& lead, const engine::ShownView& shown,
                          const config::TenantDefinitions& definitions, std::string_view version) {
  const state::Profile& profile = lead.profile;
  const state::PublishedView& view = shown.view.published;
  v1::LeadProfile message;
  message.set_tenant_id(lead.key.tenant);
  message.set_lead_id(lead.key.lead);
  message.set_seq(lead.last_seq.value);
  message.set_score(view.score);
  message.set_tier(std::string(shown.tier));
  message.set_email_status(std::string(EmailStatusName(view.email_status)));
  message.set_sendable(view.sendable);
  message.set_do_not_contact(profile.do_not_contact);
  message.set_stage(std::string(StageName(view.stage)));
  message.set_status(std::string(shown.view.status));
  message.set_quality(shown.view.quality);
  message.set_qualification(shown.view.qualification);
  message.set_agent(profile.extras->agent_id);
  AddNames(shown.segments, message.mutable_segments());
  AddNames(engine::SortedSpellings(profile.extras->lists), message.mutable_lists());
  AddNames(engine::SortedSpellings(profile.extras->tags), message.mutable_tags());
  AddNames(engine::SortedSpellings(profile.extras->campaigns), message.mutable_campaigns());
  AddNames(view::TopicsOut(view, definitions), message.mutable_topics_out());
  for (const state::Consent* consent : engine::SortedConsents(profile)) {
    v1::ProfileConsent* const added = message.add_consents();
    added->set_purpose(consent->purpose);
    added->set_granted(consent->granted);
    added->set_source(consent->source);
    codec::SetTimestamp(consent->at, added->mutable_at());
  }
  for (const auto& [name, attribute] : profile.attributes) {
    const Value& value = state::ShownValue(name, attribute);
    if (IsUnset(value)) continue;
    v1::ProfileAttribute* const added = message.add_attributes();
    added->set_name(name);
    codec::SetProfileValue(value, added->mutable_value());
  }
  const state::EngagementTotals totals = lead.journal.Totals();
  for (EventType type : kCountedTypes) {
    v1::ProfileCount* const added = message.add_counts();
    added->set_type(std::string(EventTypeName(type)));
    added->set_count(totals[type].count);
    if (totals[type].count > 0) codec::SetTimestamp(totals[type].last, added->mutable_last_at());
  }
  if (const auto email = view::ShownAddress(lead)) message.set_email(email->data(), email->size());
  message.set_pending(!lead.is_evaluated());
  message.set_version(version.data(), version.size());
  return message;
}

void AppendJson(const state::Lead& lead, const engine::ShownView& shown, const config::TenantDefinitions& definitions,
                std::string_view version, std::string* out) {
  JsonObject row(out);
  engine::AppendLeadMembers(lead, shown, definitions, engine::RowNotes::kLeftOut, &row);
  row.TextOrNull("email", view::ShownAddress(lead));
  row.Boolean("pending", !lead.is_evaluated());
  row.Text("version", version);
}

}  // namespace

LeadProfiles::LeadProfiles(config::RecordFormat format, int32_t schema_id) : format_(format) {
  if (format == config::RecordFormat::kConfluent) {
    codec::AppendConfluentHead(static_cast<uint32_t>(schema_id), &head_);
  }
}

OutputRecord LeadProfiles::Encode(PartitionId partition, const state::Lead& lead,
                                  const config::TenantDefinitions& definitions, std::string_view version) const {
  LP_ASSERT(lead.is_lead());
  const engine::ShownView shown = engine::PublishedView(lead, definitions);
  std::string value;
  value.reserve(kUsualBytes);
  value = head_;
  if (format_ == config::RecordFormat::kJson) {
    AppendJson(lead, shown, definitions, version, &value);
  } else {
    LP_ASSERT(ToMessage(lead, shown, definitions, version).AppendToString(&value));
  }
  return {OutputTopic::kLeadProfiles, partition, PrintableKey(lead.key), std::move(value), {}};
}

OutputRecord LeadProfiles::Tombstone(PartitionId partition, const LeadKey& key) {
  return {OutputTopic::kLeadProfiles, partition, PrintableKey(key), std::nullopt, {}};
}

}  // namespace leadpulse::kafka
