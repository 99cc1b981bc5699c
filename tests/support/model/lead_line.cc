#include "tests/support/model/lead_line.h"

#include <algorithm>
#include <set>

namespace leadpulse::model {
namespace {

std::vector<std::string> Sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

Json ConsentsOf(const Lead& lead) {
  Json consents = Json::object();
  for (const Consent& consent : lead.consents) {
    consents[consent.purpose] = {
        {"granted", consent.granted}, {"source", consent.source}, {"at", FormatInstant(consent.at)}};
  }
  return consents;
}

Json NotesOf(const Lead& lead) {
  Json notes = Json::array();
  for (const Note& note : lead.notes) {
    notes.push_back({{"text", note.text}, {"at", FormatInstant(note.at)}, {"actor", note.actor}});
  }
  return notes;
}

Json ProfileOf(const Facts& facts) {
  Json profile = Json::object();
  for (const auto& [name, value] : facts.attributes) {
    const bool is_declared = FieldTypeOf(facts.definitions.fields, name).has_value();
    profile[name] = is_declared ? ToJson(value) : facts.lead.attributes.at(name);
  }
  return profile;
}

// Returns what a line shows of an attribute; empty if nothing.
std::string Shown(const Lead& lead, const std::string& name, const TenantDefinitions& definitions) {
  const auto sent = lead.attributes.find(name);
  if (sent == lead.attributes.end()) return "";
  const auto type = FieldTypeOf(definitions.fields, name);
  if (!type) return sent->second.dump();
  const auto value = Convert(sent->second, type, Zone::Named(definitions.timezone));
  return value && value->is_set() ? ToJson(*value).dump() : "";
}

}  // namespace

std::string UpdatedNames(const Lead& before, const Lead& after, const Command& command,
                         const TenantDefinitions& definitions) {
  std::set<std::string> parts, names;
  if (before.tags != after.tags) parts.insert("tags");
  if (before.lists != after.lists) parts.insert("lists");
  if (before.campaigns != after.campaigns) parts.insert("campaigns");
  if (before.agent != after.agent) parts.insert("agent");
  if (before.do_not_contact != after.do_not_contact) parts.insert("do_not_contact");
  if (before.qualification != after.qualification) parts.insert("qualification");
  if (before.notes.size() > after.notes.size() || command.actions.Find<AddNote>() != nullptr) parts.insert("notes");
  if (command.actions.Find<SetStage>() != nullptr) parts.insert("stage");
  if (command.actions.Find<RecordConsent>() != nullptr) parts.insert("consents");
  static const std::set<std::string> kParts = {
      "agent", "campaigns", "consents", "do_not_contact", "lists", "notes", "qualification", "stage", "tags"};
  for (const auto* attributes : {&before.attributes, &after.attributes}) {
    for (const auto& [name, sent] : *attributes) {
      if (Shown(before, name, definitions) == Shown(after, name, definitions)) continue;
      names.insert(kParts.contains(name) ? "profile." + name : name);
    }
  }
  names.merge(parts);
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

Json LeadLine(const Facts& facts, const View& view, int64_t seq) {
  const Lead& lead = facts.lead;
  Json counts = Json::object();
  Json last_at = Json::object();
  for (EventType type : CountedTypes()) {
    counts[TypeName(type)] = facts.CountOf(type);
    if (const auto last = facts.LastOf(type)) {
      last_at[TypeName(type)] = FormatInstant(*last);
    }
  }
  return {{"tenantId", lead.tenant},
          {"leadId", lead.id},
          {"seq", seq},
          {"score", view.score},
          {"tier", view.tier},
          {"emailStatus", view.email_status},
          {"sendable", view.sendable},
          {"doNotContact", lead.do_not_contact},
          {"stage", view.stage},
          {"status", view.status},
          {"quality", view.quality},
          {"qualification", view.qualification},
          {"agent", lead.agent},
          {"segments", view.segments},
          {"topicsOut", view.topics_out},
          {"lists", Sorted(lead.lists)},
          {"tags", Sorted(lead.tags)},
          {"campaigns", Sorted(lead.campaigns)},
          {"consents", ConsentsOf(lead)},
          {"notes", NotesOf(lead)},
          {"profile", ProfileOf(facts)},
          {"counts", counts},
          {"lastAt", last_at}};
}

}  // namespace leadpulse::model
