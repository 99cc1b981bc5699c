#include "processor/query/leads/lead_record.h"

#include <array>
#include <string_view>

#include "processor/base/value.h"
#include "processor/engine/lead_row.h"
#include "processor/query/leads/history_parts.h"
#include "processor/query/state_access.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/view.h"
#include "schemas/codec/profile_value.h"
#include "schemas/codec/protobuf_change.h"
#include "state/codec/facts_codec.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::query {
namespace {

using codec::SetTime;

void SetRow(const state::Lead& lead, const state::EngagementTotals& totals, const view::View& view,
            const config::TenantDefinitions& definitions, v1::LeadRow* out) {
  engine::SetLeadProfile(lead, engine::ShowView(view, definitions), definitions, engine::ZeroCounts::kLeftOut,
                         out->mutable_lead());
  out->mutable_lead()->set_version(state::LeadVersion(lead));
  for (const state::Note& note : lead.profile.extras->notes) SetNote(note, out->add_notes());
  SetTime(rules::CreatedAt(lead, totals), &v1::LeadRow::mutable_created, out);
  SetTime(lead.profile.newest_command_at.value_or(Instant::Never()), &v1::LeadRow::mutable_updated, out);
}

// Adds each attribute as sent and, if that looks different, as converted.
void AddAttributes(const state::Profile& profile, v1::WholeRecord* out) {
  for (const auto& [name, attribute] : profile.attributes) {
    v1::SentAttribute* const added = out->add_attributes();
    added->set_name(name);
    codec::SetProfileValue(attribute.sent, added->mutable_sent());
    const Value& shown = state::ShownValue(name, attribute);
    if (ValueToJson(shown) != ValueToJson(attribute.sent)) codec::SetProfileValue(shown, added->mutable_converted());
  }
}

// Names by Registration.
constexpr std::array<std::string_view, 4> kRegistrationNames = {"none", "waiting", "registered", "no_room"};
static_assert(kRegistrationNames.size() == static_cast<size_t>(state::Registration::kRefused) + 1);

void SetAddress(const state::LeadIdentity& identity, const std::optional<std::vector<std::string>>& also_using,
                const std::vector<std::string>& users, v1::AddressUse* out) {
  out->set_uses(identity.mailbox);
  out->set_registration(std::string(kRegistrationNames.at(static_cast<size_t>(identity.registration))));
  state::EncodeFacts(identity.standing, out->mutable_standing());
  if (also_using) out->mutable_also_used_by()->mutable_ids()->Add(also_using->begin(), also_using->end());
  out->mutable_used_by()->Add(users.begin(), users.end());
}

// Sets values set by commands that the row lacks, or has only as a result.
void SetCommanded(const state::Profile& profile, v1::WholeRecord* out) {
  AddAttributes(profile, out);
  for (const state::ConsentEntry& entry : profile.extras->consent_ledger) SetConsent(entry, out->add_consent_ledger());
  out->set_do_not_contact_reason(profile.extras->do_not_contact_reason);
  if (profile.set_stage) SetStageEdit(*profile.set_stage, out->mutable_stage_set());
  if (profile.qualification) out->set_qualification_set(*profile.qualification);
  out->set_last_address(profile.last_address);
  const auto set_time = [out](std::optional<Instant> at, google::protobuf::Timestamp* (v1::WholeRecord::*field)()) {
    SetTime(at.value_or(Instant::Never()), field, out);
  };
  set_time(profile.address_changed_at, &v1::WholeRecord::mutable_address_changed_at);
  set_time(profile.first_command_at, &v1::WholeRecord::mutable_first_command_at);
}

}  // namespace

void SetRow(const EvaluatedLead& lead, v1::LeadRow* out) {
  SetRow(lead.lead(), lead.totals(), lead.view(), lead.definitions(), out);
  SetTime(lead.stage_since().value_or(Instant::Never()), &v1::LeadRow::mutable_stage_since, out);
}

v1::WholeRecord RecordOf(const state::Lead& lead, const std::optional<std::vector<std::string>>& also_using,
                         const std::vector<std::string>& users, const config::TenantDefinitions& definitions,
                         Instant at, size_t most_bytes) {
  const view::View view = view::EvaluateView(lead, definitions, at);
  v1::WholeRecord record;
  SetRow(lead, lead.journal.Totals(), view, definitions, record.mutable_row());
  SetTime(at, &v1::WholeRecord::mutable_at, &record);
  SetTime(view.next_change_at, &v1::WholeRecord::mutable_no_change_before, &record);
  const state::LeadIdentity& identity = *lead.identity;
  if (!identity.mailbox.empty() || !users.empty() || identity.standing != state::StatusFacts()) {
    SetAddress(identity, also_using, users, record.mutable_address());
  }
  SetCommanded(lead.profile, &record);
  SetTime(lead.erased_at, &v1::WholeRecord::mutable_erased_at, &record);
  size_t bytes = record.ByteSizeLong();
  for (const state::JournalEntry& entry : lead.journal.entries()) {
    if (bytes > most_bytes) break;
    SetEvent(lead, entry, record.add_events());
    bytes += record.events().rbegin()->ByteSizeLong();
  }
  if (!SetFolded(lead.journal.folded(), record.mutable_folded())) record.clear_folded();
  if (lead.journal.kept_facts() != nullptr)
    state::EncodeFacts(*lead.journal.kept_facts(), record.mutable_status_facts());
  const auto& command_ids = lead.profile.applied_command_ids;
  record.mutable_command_ids()->Add(command_ids.begin(), command_ids.end());
  return record;
}

Result<std::optional<std::vector<std::string>>> OtherUsers(const state::LeadReader& store, const state::Lead& lead) {
  std::optional<std::vector<std::string>> users(std::in_place);
  if (!lead.identity || lead.identity->mailbox.empty()) return users;
  LP_ASSIGN_OR_RETURN(const auto mailbox, FindRow(store, {lead.key.tenant, lead.identity->mailbox}));
  if (!mailbox) return std::optional<std::vector<std::string>>();
  users = UsersOf(*mailbox);
  std::erase(*users, lead.key.lead);
  return users;
}

}  // namespace leadpulse::query
