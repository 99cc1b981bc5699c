#include "tests/support/model/lead_line.h"

#include <algorithm>

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
    const bool is_declared = DeclaredType(facts.definitions.fields, name).has_value();
    profile[name] = is_declared ? ToJson(value) : facts.lead.attributes.at(name);
  }
  return profile;
}

}  // namespace

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
