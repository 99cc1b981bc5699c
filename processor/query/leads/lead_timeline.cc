#include "processor/query/leads/lead_timeline.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "processor/base/json_object.h"
#include "processor/engine/lead_row.h"
#include "processor/query/leads/lead_record.h"
#include "state/lead/names_edit.h"
#include "state/store/store_keys.h"

namespace leadpulse::query {
namespace {

constexpr size_t kIdBytes = 8;

// Names by EditKind, which begins at 1.
constexpr std::array<std::string_view, 9> kEditNames = {"",           "stage", "agent", "qualification", "doNotContact",
                                                        "attributes", "tags",  "lists", "campaigns"};
static_assert(kEditNames.size() == static_cast<size_t>(state::EditKind::kCampaigns) + 1);

void AppendEdit(const state::ProfileEdit& edit, std::string* out) {
  JsonObject object(out);
  if (state::IsOfNames(edit.kind)) {
    const bool is_of_attributes = edit.kind == state::EditKind::kAttributes;
    const state::NamesEdit names = state::ReadNamesEdit(edit.value);
    object.Texts(is_of_attributes ? "set" : "added", names.added);
    object.Texts(is_of_attributes ? "unset" : "removed", names.removed);
  } else if (edit.kind == state::EditKind::kQualification) {
    *object.Key("score") += edit.value.empty() ? "null" : edit.value;
  } else if (edit.kind == state::EditKind::kDoNotContact) {
    object.Boolean("value", edit.value == "true");
  } else {
    object.Text(edit.kind == state::EditKind::kStage ? "stage" : "agentId", edit.value);
  }
  object.Time("at", edit.at);
  object.Text("actor", edit.actor);
}

// Whether the last stage is among the edits: rows by an earlier version have none.
bool HasEditOf(const state::StageSetting& set, const std::vector<state::ProfileEdit>& edits) {
  return std::ranges::any_of(edits, [&set](const state::ProfileEdit& edit) {
    return edit.kind == state::EditKind::kStage && edit.at == set.issued_at && edit.value == StageName(set.stage);
  });
}

void AppendEntry(Instant at, std::string_view kind, std::string_view content, std::string* out) {
  JsonObject object(out);
  object.Time("at", at);
  object.Text("kind", kind);
  *object.Key(kind) += content;
}

TimelineEntry MakeEntry(TimelinePlace place, std::string_view kind, std::string_view content) {
  TimelineEntry entry{std::move(place), {}};
  AppendEntry(entry.place.at, kind, content, &entry.json);
  return entry;
}

TimelineEntry EntryOf(const codec::PublishedChange& published) {
  std::string content;
  codec::AppendPublishedChangeJson(published, &content);
  // All such numbers have equally many digits, so they sort as strings.
  const uint64_t number = std::numeric_limits<uint64_t>::max() - published.change.seq.value;
  return MakeEntry({published.change.at, TimelinePlace::Kind::kChange, std::to_string(number)}, "change", content);
}

// Numbers adjacent entries with the same place. They stay sorted.
void MakeUnique(std::vector<TimelineEntry>* entries) {
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

std::vector<TimelineEntry> TimelineOf(const state::Lead& lead, std::span<const codec::PublishedChange> published) {
  std::vector<TimelineEntry> entries;
  for (const state::JournalEntry& event : lead.journal.entries()) {
    const TimelinePlace place{event.occurred_at, TimelinePlace::Kind::kEvent, std::string(event.event_id())};
    entries.push_back({place, {}, &event});
  }
  // Commands have no ids here, but their recorded result does not change.
  std::string content;
  const auto add = [&](Instant at, TimelinePlace::Kind kind, std::string_view name) {
    const std::string left = std::exchange(content, {});
    entries.push_back(MakeEntry({at, kind, state::ErasureHashOf("timeline", left).substr(0, kIdBytes)}, name, left));
  };
  for (const state::Note& note : lead.profile.extras->notes) {
    engine::AppendNote(note, &content);
    add(note.at, TimelinePlace::Kind::kNote, "note");
  }
  for (const state::ConsentEntry& consent : lead.profile.extras->consent_ledger) {
    AppendConsent(consent, &content);
    add(consent.consent.at, TimelinePlace::Kind::kConsent, "consent");
  }
  for (const state::ProfileEdit& edit : lead.profile.extras->edits) {
    AppendEdit(edit, &content);
    add(edit.at, TimelinePlace::Kind::kEdit, kEditNames.at(static_cast<size_t>(edit.kind)));
  }
  const auto& set = lead.profile.set_stage;
  if (set && !HasEditOf(*set, lead.profile.extras->edits)) {
    AppendStageSetting(*set, &content);
    add(set->issued_at, TimelinePlace::Kind::kStage, "stage");
  }
  for (const codec::PublishedChange& change : published) entries.push_back(EntryOf(change));
  std::ranges::stable_sort(entries, IsNewer, &TimelineEntry::place);
  MakeUnique(&entries);
  return entries;
}

void AppendTimelineEntry(const state::Lead& lead, const TimelineEntry& entry, std::string* out) {
  if (entry.event == nullptr) {
    *out += entry.json;
    return;
  }
  std::string content;
  AppendEvent(lead, *entry.event, &content);
  AppendEntry(entry.place.at, "event", content, out);
}

}  // namespace leadpulse::query
