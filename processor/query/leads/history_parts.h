// What happened to a lead, as messages (lead_history.proto) and as the JSON of its record and its timeline.
#pragma once

#include <string>

#include "leadpulse/v1/lead_history.pb.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// Sets the message of a part of the lead. So do the four functions below.
void SetEvent(const state::Lead& lead, const state::JournalEntry& entry, v1::LeadEvent* out);
void SetNote(const state::Note& note, v1::LeadNote* out);
void SetConsent(const state::ConsentEntry& entry, v1::RecordedConsent* out);
void SetEdit(const state::ProfileEdit& edit, v1::LeadEdit* out);
void SetStageEdit(const state::StageSetting& set, v1::LeadEdit* out);
// Sets nothing if all events are in the journal: then returns false.
bool SetFolded(const state::FoldedEntries& folded, v1::FoldedEvents* out);

// Appends the JSON of a message. So do the four functions below.
void AppendJson(const v1::LeadEvent& event, std::string* out);
void AppendJson(const v1::LeadNote& note, std::string* out);
void AppendJson(const v1::RecordedConsent& consent, std::string* out);
void AppendJson(const v1::LeadEdit& edit, std::string* out);
void AppendJson(const v1::FoldedEvents& folded, std::string* out);

}  // namespace leadpulse::query
