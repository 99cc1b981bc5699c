#include "processor/query/leads/lead_record.h"

#include <array>
#include <string_view>

#include "processor/base/json_object.h"
#include "processor/base/value.h"
#include "processor/engine/lead_row.h"
#include "processor/query/leads/history_parts.h"
#include "processor/query/state_access.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/view.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::query {
namespace {

// Appends each attribute as sent and, if that looks different, as converted: null if it cannot be.
void AppendAttributes(const state::Profile& profile, std::string* out) {
  JsonObject attributes(out);
  for (const auto& [name, attribute] : profile.attributes) {
    JsonObject values(attributes.Key(name));
    const std::string sent = ValueToJson(attribute.sent), shown = ValueToJson(state::ShownValue(name, attribute));
    *values.Key("sent") += sent;
    if (shown != sent) *values.Key("converted") += shown;
  }
}

void AppendScope(const state::ScopeTimes& times, std::string* out) {
  JsonObject scope(out);
  if (times.out != Instant::DistantPast()) scope.Time("out", times.out);
  if (times.in != Instant::DistantPast()) scope.Time("in", times.in);
}

// Appends the status facts of events that are not in the journal; null if folded() says the same.
void AppendStatusFacts(const state::StatusFacts* facts, std::string* out) {
  if (facts == nullptr) {
    *out += "null";
    return;
  }
  JsonObject object(out);
  AppendScope(facts->everything, object.Key("everything"));
  {
    JsonObject topics(object.Key("topics"));
    for (const state::TopicTimes& topic : facts->topics) AppendScope(topic.times, topics.Key(topic.topic));
  }
  if (facts->complaint != Instant::DistantPast()) object.Time("complaint", facts->complaint);
  if (facts->hard_bounce != Instant::DistantPast()) object.Time("hardBounce", facts->hard_bounce);
  if (facts->sign_of_life != Instant::DistantPast()) object.Time("signOfLife", facts->sign_of_life);
}

void AppendConsentLedger(const state::Profile& profile, std::string* out) {
  AppendJsonArray(profile.extras->consent_ledger, out, [out](const state::ConsentEntry& entry) {
    v1::RecordedConsent consent;
    SetConsent(entry, &consent);
    AppendJson(consent, out);
  });
}

// Names by Registration.
constexpr std::array<std::string_view, 4> kRegistrationNames = {"none", "waiting", "registered", "no_room"};
static_assert(kRegistrationNames.size() == static_cast<size_t>(state::Registration::kRefused) + 1);

// Appends the mailbox that the lead uses, the facts from its address, and its other users; for a mailbox, its users.
// null: others neither share the lead's address nor give it facts.
void AppendAddress(const state::Lead& lead, const std::optional<std::vector<std::string>>& also_using,
                   const std::vector<std::string>& users, std::string* out) {
  const state::LeadIdentity& identity = *lead.identity;
  if (identity.mailbox.empty() && users.empty() && identity.standing == state::StatusFacts()) {
    *out += "null";
    return;
  }
  JsonObject object(out);
  if (!identity.mailbox.empty()) object.Text("uses", identity.mailbox);
  object.Text("registration", kRegistrationNames.at(static_cast<size_t>(identity.registration)));
  AppendStatusFacts(&identity.standing, object.Key("standing"));
  also_using ? object.Texts("alsoUsedBy", *also_using) : object.Null("alsoUsedBy");
  object.Texts("usedBy", users);
}

// Appends values set by commands that the row lacks, or has only as a result.
void AppendCommanded(const state::Profile& profile, JsonObject* record) {
  AppendAttributes(profile, record->Key("attributes"));
  AppendConsentLedger(profile, record->Key("consentLedger"));
  record->Text("doNotContactReason", profile.extras->do_not_contact_reason);
  std::string* stage = record->Key("stageSet");
  if (profile.set_stage) {
    v1::LeadEdit edit;
    SetStageEdit(*profile.set_stage, &edit);
    AppendJson(edit, stage);
  } else {
    *stage += "null";
  }
  record->NumberOrNull("qualificationSet", profile.qualification);
  record->Text("lastAddress", profile.last_address);
  record->Time("addressChangedAt", profile.address_changed_at.value_or(Instant::Never()));
  record->Time("firstCommandAt", profile.first_command_at.value_or(Instant::Never()));
  record->Time("newestCommandAt", profile.newest_command_at.value_or(Instant::Never()));
}

}  // namespace

std::string LeadRecordJson(const state::Lead& lead, const std::optional<std::vector<std::string>>& also_using,
                           const std::vector<std::string>& users, const config::TenantDefinitions& definitions,
                           Instant at, size_t most_bytes) {
  const view::View view = view::EvaluateView(lead, definitions, at);
  std::string out;
  JsonObject record(&out);
  engine::AppendLeadMembers(lead, engine::ShowView(view, definitions), definitions, engine::RowNotes::kShown, &record);
  record.Text("version", state::LeadVersion(lead));
  record.Time("at", at);
  record.Time("noChangeBefore", view.next_change_at);
  record.Time("created", rules::CreatedAt(lead, lead.journal.Totals()));
  *record.Key("email") += ValueToJson(rules::EmailOf(lead));
  AppendAddress(lead, also_using, users, record.Key("address"));
  AppendCommanded(lead.profile, &record);
  record.Time("erasedAt", lead.erased_at);
  AppendJsonArray(lead.journal.entries(), record.Key("events"), [&](const state::JournalEntry& entry) {
    if (out.size() > most_bytes) {
      out += "null";
      return;
    }
    v1::LeadEvent event;
    SetEvent(lead, entry, &event);
    AppendJson(event, &out);
  });
  v1::FoldedEvents folded;
  if (SetFolded(lead.journal.folded(), &folded)) {
    AppendJson(folded, record.Key("folded"));
  } else {
    record.Null("folded");
  }
  AppendStatusFacts(lead.journal.kept_facts(), record.Key("statusFacts"));
  record.Texts("commandIds", lead.profile.applied_command_ids);
  record.End();
  return out;
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
