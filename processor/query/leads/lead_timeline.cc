#include "processor/query/leads/lead_timeline.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "processor/base/json_object.h"
#include "processor/query/leads/history_parts.h"
#include "schemas/codec/protobuf_change.h"
#include "state/store/store_keys.h"

namespace leadpulse::query {
namespace {

constexpr size_t kIdBytes = 8;

// Whether the last stage is among the edits: rows by an earlier version have none.
bool HasEditOf(const state::StageSetting& set, const std::vector<state::ProfileEdit>& edits) {
  return std::ranges::any_of(edits, [&set](const state::ProfileEdit& edit) {
    return edit.kind == state::EditKind::kStage && edit.at == set.issued_at && edit.value == StageName(set.stage);
  });
}

std::string_view KindOf(const v1::LeadEdit& edit) {
  switch (edit.kind_case()) {
    case v1::LeadEdit::kAgent:
      return "agent";
    case v1::LeadEdit::kQualification:
      return "qualification";
    case v1::LeadEdit::kDoNotContact:
      return "doNotContact";
    case v1::LeadEdit::kAttributes:
      return "attributes";
    case v1::LeadEdit::kTags:
      return "tags";
    case v1::LeadEdit::kLists:
      return "lists";
    case v1::LeadEdit::kCampaigns:
      return "campaigns";
    default:
      return "stage";
  }
}

// Appends the members `kind` and the content, whose name is the kind.
void AppendContent(const v1::TimelineEntry& entry, JsonObject* object) {
  const auto append = [object](std::string_view kind, const auto& content) {
    object->Text("kind", kind);
    AppendJson(content, object->Key(kind));
  };
  switch (entry.content_case()) {
    case v1::TimelineEntry::kEvent:
      return append("event", entry.event());
    case v1::TimelineEntry::kNote:
      return append("note", entry.note());
    case v1::TimelineEntry::kConsent:
      return append("consent", entry.consent());
    case v1::TimelineEntry::kEdit:
      return append(KindOf(entry.edit()), entry.edit());
    case v1::TimelineEntry::kChange:
      object->Text("kind", "change");
      return codec::AppendPublishedChangeJson(entry.change(), object->Key("change"));
    case v1::TimelineEntry::CONTENT_NOT_SET:
      return;
  }
}

PlacedEntry Place(TimelinePlace place) {
  PlacedEntry placed{std::move(place), {}};
  codec::SetTime(placed.place.at, &v1::TimelineEntry::mutable_at, &placed.entry);
  return placed;
}

PlacedEntry EntryOf(const codec::PublishedChange& published) {
  // All such numbers have equally many digits, so they sort as strings.
  const uint64_t number = std::numeric_limits<uint64_t>::max() - published.change.seq.value;
  PlacedEntry placed = Place({published.change.at, TimelinePlace::Kind::kChange, std::to_string(number)});
  codec::SetPublishedChange(published, placed.entry.mutable_change());
  return placed;
}

// Numbers adjacent entries with the same place. They stay sorted.
void MakeUnique(std::vector<PlacedEntry>* entries) {
  constexpr size_t kFirstNumber = 1'000'000;  // numbers with the same number of digits sort as strings
  size_t first = 0;
  for (size_t i = 1; i < entries->size(); ++i) {
    const bool is_same = !IsNewer((*entries)[first].place, (*entries)[i].place);
    if (is_same) {
      (*entries)[i].place.id.append(1, '\0').append(std::to_string(kFirstNumber + i - first));
    } else {
      first = i;
    }
  }
}

}  // namespace

bool IsNewer(const TimelinePlace& a, const TimelinePlace& b) {
  if (a.at != b.at) return a.at > b.at;
  if (a.kind == b.kind) return a.id < b.id;
  const bool has_change = a.kind == TimelinePlace::Kind::kChange || b.kind == TimelinePlace::Kind::kChange;
  return has_change ? a.kind == TimelinePlace::Kind::kChange : a.kind < b.kind;
}

std::vector<PlacedEntry> TimelineOf(const state::Lead& lead, std::span<const codec::PublishedChange> published) {
  std::vector<PlacedEntry> entries;
  for (const state::JournalEntry& event : lead.journal.entries()) {
    entries.push_back(Place({event.occurred_at, TimelinePlace::Kind::kEvent, std::string(event.event_id())}));
    entries.back().event = &event;
  }
  // Commands have no ids here, but their recorded result does not change.
  const auto add = [&entries](Instant at, TimelinePlace::Kind kind) {
    entries.push_back(Place({at, kind, ""}));
    return &entries.back().entry;
  };
  const auto set_id = [&entries](const auto& content) {
    std::string json;
    AppendJson(content, &json);
    entries.back().place.id = state::KeyedHash("timeline", json).substr(0, kIdBytes);
  };
  for (const state::Note& note : lead.profile.extras->notes) {
    v1::LeadNote* const content = add(note.at, TimelinePlace::Kind::kNote)->mutable_note();
    SetNote(note, content);
    set_id(*content);
  }
  for (const state::ConsentEntry& consent : lead.profile.extras->consent_ledger) {
    v1::RecordedConsent* const content = add(consent.consent.at, TimelinePlace::Kind::kConsent)->mutable_consent();
    SetConsent(consent, content);
    set_id(*content);
  }
  for (const state::ProfileEdit& edit : lead.profile.extras->edits) {
    v1::LeadEdit* const content = add(edit.at, TimelinePlace::Kind::kEdit)->mutable_edit();
    SetEdit(edit, content);
    set_id(*content);
  }
  const auto& set = lead.profile.set_stage;
  if (set && !HasEditOf(*set, lead.profile.extras->edits)) {
    v1::LeadEdit* const content = add(set->issued_at, TimelinePlace::Kind::kStage)->mutable_edit();
    SetStageEdit(*set, content);
    set_id(*content);
  }
  for (const codec::PublishedChange& change : published) entries.push_back(EntryOf(change));
  std::ranges::stable_sort(entries, IsNewer, &PlacedEntry::place);
  MakeUnique(&entries);
  return entries;
}

v1::TimelineEntry WholeEntry(const state::Lead& lead, const PlacedEntry& placed) {
  v1::TimelineEntry whole = placed.entry;
  if (placed.event != nullptr) SetEvent(lead, *placed.event, whole.mutable_event());
  return whole;
}

void AppendJson(const v1::TimelineEntry& entry, std::string* out) {
  JsonObject object(out);
  object.Time("at", codec::GetTime(entry.has_at(), entry.at()));
  AppendContent(entry, &object);
}

}  // namespace leadpulse::query
