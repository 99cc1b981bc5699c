// Leads and journal entries for the tests of state/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "state/lead/lead.h"
#include "tests/support/owned_entry.h"

namespace leadpulse::testing {

inline constexpr Instant kExampleStart{1'767'225'600'000};  // 2026-01-01T00:00:00Z

inline Instant AtMinute(int64_t minute) { return kExampleStart + std::chrono::minutes(minute); }

inline OwnedEntry Entry(EventType type, int64_t minute, std::string event_id) {
  OwnedEntry entry;
  entry.type = type;
  entry.occurred_at = AtMinute(minute);
  entry.event_id = std::move(event_id);
  return entry;
}

inline OwnedEntry Retract(int64_t minute, std::string event_id, std::string retracts) {
  OwnedEntry entry = Entry(EventType::kRetract, minute, std::move(event_id));
  entry.subject = std::move(retracts);
  return entry;
}

// Makes a year with three mails a week: sent, delivered, opened and sometimes clicked.
inline std::vector<OwnedEntry> YearOfMail() {
  std::vector<OwnedEntry> entries;
  for (int mail = 0; mail < 156; ++mail) {
    auto add = [&](EventType type, int64_t minute, const char* what, const char* name) {
      OwnedEntry entry =
          Entry(type, mail * 3360 + minute, std::string(what) + "-0f8fad5b-d9cb-469f-a165-7086" + std::to_string(mail));
      entry.message_id = "<20260310." + std::to_string(mail) + "@mail.example.com>";
      entry.campaign_id = "campaign-" + std::to_string(mail / 12);
      entry.name = name;
      entries.push_back(entry);
    };
    add(EventType::kSent, 0, "sent", "");
    add(EventType::kDelivered, 1, "delivered", "");
    add(EventType::kOpen, 90, "open", "");
    if (mail % 4 == 0) add(EventType::kClick, 95, "click", "https://www.example.com/pricing?utm_source=mail");
  }
  return entries;
}

// Returns an entry with a value in every field.
inline OwnedEntry FullEntry() {
  OwnedEntry entry = Entry(EventType::kCustom, 9, "order-77");
  entry.message_id = "message-1";
  entry.campaign_id = "spring";
  entry.name = "Заказ";
  entry.properties = {{"express", true},
                      {"gift", false},
                      {"nothing", std::monostate()},
                      {"price", 12.5},
                      {"quantity", -3.0},
                      {"shipped", AtMinute(5)},
                      {"sizes", ScalarList{std::string("m"), 2.0, true, AtMinute(1), std::monostate()}},
                      {"sku", std::string("A-1")},
                      {"terms", StructValue{R"({"net":30})"}}};
  return entry;
}

inline state::Profile FullProfile() {
  state::Profile profile;
  profile.attributes["company_name"] = {std::string("Müller & Söhne"), {}};
  profile.attributes["budget"] = {1234.5, {}};
  profile.attributes["vip_status"] = {true, {}};
  profile.attributes["since"] = {AtMinute(-1), {}};
  profile.attributes["interests"] = {ScalarList{std::string("mail"), 2.0, false}, {}};
  profile.attributes["address"] = {StructValue{R"({"city":"Kraków"})"}, {}};
  state::ProfileExtras& extras = profile.extras.Get();
  extras.tags.Add("VIP");
  extras.tags.Add("Straße");
  extras.lists.Add("Newsletter");
  extras.campaigns.Add("Spring 2026");
  state::RecordConsent({{"Marketing", false, "form", AtMinute(2)}, "eve", "v1", AtMinute(3)}, &profile);
  state::RecordConsent({{"marketing", true, "form", AtMinute(3)}, "", "", AtMinute(3)}, &profile);
  state::RecordConsent({{"sms", false, "", AtMinute(4)}, "", "", AtMinute(4)}, &profile);
  extras.notes = {{AtMinute(1), "ann", "called"}, {AtMinute(2), "", "called again", "c2"}};
  extras.edits = {{state::EditKind::kStage, AtMinute(6), "ann", "qualifying"},
                  {state::EditKind::kQualification, AtMinute(6), "", ""},
                  {state::EditKind::kCampaigns, AtMinute(7), "ann", "+Spring 2026"}};
  extras.agent_id = "agent-7";
  profile.do_not_contact = true;
  extras.do_not_contact_reason = "asked by phone";
  profile.set_stage = state::StageSetting{Stage::kQualifying, AtMinute(6)};
  profile.qualification = 0;
  profile.address_changed_at = AtMinute(7);
  profile.last_address = "ann@example.com";
  profile.first_command_at = AtMinute(1);
  profile.newest_command_at = AtMinute(8);
  profile.applied_command_ids = {"c-1", "c-2"};
  return profile;
}

// Returns an identity with a value in every field: it uses one mailbox and is another.
inline state::LeadIdentity FullIdentity() {
  state::LeadIdentity identity;
  identity.mailbox = "ann@work.example";
  identity.registration = state::Registration::kRegistered;
  identity.standing.everything.out = AtMinute(1);
  identity.question = 2;
  identity.withheld.Set({"hot", {"buyers", "readers"}});
  identity.addresses = {"ann@work.example", "ann@example.org"};
  identity.leads["7"] = {true, {}};
  identity.leads["crm-8"].facts.topics = {{"news", {AtMinute(2), AtMinute(3)}}};
  identity.others.Get().complaint = AtMinute(4);
  identity.routed = {{"c-3", "7"}, {"c-4", "ann@example.com"}};
  identity.users_erased_at = AtMinute(-50);
  identity.is_no_lead = true;
  identity.users_suppressed = true;
  return identity;
}

// Returns a lead with folded entries, a retraction and a value in every field. `converted` is unset, as after a read.
inline state::Lead FullLead(const LeadKey& key = {"acme", "ann@example.com"}) {
  state::Lead lead;
  lead.key = key;
  lead.profile = FullProfile();
  constexpr size_t kMaxEntries = 4;
  OwnedEntry bounce = Entry(EventType::kBounce, 0, "bounce-1");
  lead.journal.Add(bounce, kMaxEntries);
  lead.journal.Add(Entry(EventType::kOpen, 1, "open-1"), kMaxEntries);
  OwnedEntry soft = Entry(EventType::kBounce, 2, "bounce-2");
  soft.bounce_kind = BounceKind::kSoft;
  lead.journal.Add(soft, kMaxEntries);
  OwnedEntry proxy = Entry(EventType::kOpen, 3, "open-2");
  proxy.machine = true;
  lead.journal.Add(proxy, kMaxEntries);
  lead.journal.Add(FullEntry(), kMaxEntries);
  lead.journal.Add(Retract(10, "retract-1", "order-77"), kMaxEntries);
  lead.identity.Get() = FullIdentity();
  lead.last_seq = {41};
  lead.erased_at = AtMinute(-100);
  lead.view = {-50, 2, EmailStatus::kBounced, false, Stage::kFollowUp, {0, 3, 4'000'000'000}, state::TopicSet(5)};
  lead.next_change_at = AtMinute(1000);
  lead.view_in_doubt = true;
  lead.definitions_number = {3};
  return lead;
}

}  // namespace leadpulse::testing
