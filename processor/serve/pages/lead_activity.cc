#include "processor/serve/pages/lead_activity.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "config/declared_names.h"
#include "processor/base/text.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve {
namespace {

// What the sentences are made with. Names are by id: titles of segments, lists and campaigns, and types of the page's
// events.
struct ActivityNames {
  std::shared_ptr<const config::TenantNames> declared;
  ShownNumbers numbers;
  std::map<std::string_view, std::string_view> segments = {};
  std::map<std::string_view, std::string_view> events = {};
};

// An entry as it is shown. The kinds are those of the filter above the list.
struct Entry {
  std::string_view kind;  // `did`: by the person; `note`; `work`: by a colleague or a program; `change`: what followed
  std::string_view icon;
  std::string text;
  std::string actor = {};  // who noted or decided it; empty: unknown, or nobody
};

// Describes an edit of attributes: `changed Company name, Phone (cleared)`. A follow-up has words of its own.
std::string AttributesSentenceOf(const v1::LeadEdit::Names& names) {
  constexpr std::string_view kDay = "follow_up_on";
  if (std::ranges::find(names.added(), kDay) != names.added().end()) return "planned a follow-up";
  if (std::ranges::find(names.removed(), kDay) != names.removed().end()) return "finished the follow-up";
  std::vector<std::string> changed;
  for (const std::string& name : names.added()) changed.push_back(LabelOf(name));
  for (const std::string& name : names.removed()) changed.push_back(LabelOf(name) + " (cleared)");
  return Concat({"changed ", Join(changed, ", ")});
}

// Describes an edit of other names: `changed tags: + vip, − cold`.
std::string NamesSentenceOf(std::string_view kind, const v1::LeadEdit::Names& names,
                            const config::DeclaredNames& titles) {
  std::vector<std::string> changed;
  for (const std::string& name : names.added()) changed.push_back(Concat({"+ ", titles.NameOf(name)}));
  for (const std::string& name : names.removed()) changed.push_back(Concat({"− ", titles.NameOf(name)}));
  return Concat({"changed ", kind, ": ", Join(changed, ", ")});
}

// Describes what a command set, without its sender.
Entry EditEntryOf(const v1::LeadEdit& edit, const config::TenantNames& declared) {
  const auto work = [](std::string_view icon, std::string text) { return Entry{"work", icon, std::move(text)}; };
  switch (edit.kind_case()) {
    case v1::LeadEdit::kStage:
      return work("move", "moved it to " + LabelOf(edit.stage()));
    case v1::LeadEdit::kAgent:
      return work("assign",
                  edit.agent().empty() ? "took it from its agent" : Concat({"assigned it to ", edit.agent()}));
    case v1::LeadEdit::kQualification:
      return work("edit", edit.qualification().has_score()
                              ? Concat({"set the qualification to ", std::to_string(edit.qualification().score())})
                              : "cleared the qualification");
    case v1::LeadEdit::kDoNotContact:
      return work("block", edit.do_not_contact() ? "set do not contact" : "lifted do not contact");
    case v1::LeadEdit::kAttributes:
      return work("edit", AttributesSentenceOf(edit.attributes()));
    case v1::LeadEdit::kTags:
      return work("tag", NamesSentenceOf("tags", edit.tags(), {}));
    case v1::LeadEdit::kLists:
      return work("list", NamesSentenceOf("lists", edit.lists(), declared.lists));
    case v1::LeadEdit::kCampaigns:
      return work("campaign", NamesSentenceOf("campaigns", edit.campaigns(), declared.campaigns));
    case v1::LeadEdit::KIND_NOT_SET:
      break;
  }
  return work("edit", "changed it");
}

Entry ConsentEntryOf(const v1::RecordedConsent& consent) {
  const std::string_view given = consent.granted() ? " given" : " withdrawn";
  return {"work", "check", Concat({"recorded: consent to ", consent.purpose(), given})};
}

std::string BecauseOf(const v1::PublishedChange& published, const ActivityNames& names) {
  const v1::Cause& cause = published.change().cause();
  if (cause.kind() == v1::Cause::TIME) return "by the passing of time";
  if (cause.kind() == v1::Cause::DEFINITIONS) return "by new definitions";
  if (cause.kind() == v1::Cause::COMMAND) {
    return published.actor().empty() ? "by an edit" : Concat({"by ", published.actor()});
  }
  const auto event = names.events.find(cause.id());
  if (event == names.events.end()) return "because of an event";
  const std::string type = AsciiLower(LabelOf(event->second));
  return Concat({"because of ", type == "open" || type == "unsubscribe" ? "an " : "a ", type});
}

std::string DescribeChange(const v1::Change& change, const ActivityNames& names) {
  const auto moved = [&](std::string_view what) { return Concat({what, ": ", change.from(), " → ", change.to()}); };
  const auto segment = names.segments.find(change.name());
  const std::string_view title = segment == names.segments.end() ? change.name() : segment->second;
  switch (change.kind()) {
    case v1::Change::LEAD_CREATED:
      return "Created";
    case v1::Change::LEAD_UPDATED:
      return Concat({"Changed: ", Join(change.updated(), ", ")});
    case v1::Change::LEAD_MERGED:
      return "Merged into another lead";
    case v1::Change::SEGMENT_ENTERED:
      return Concat({"Entered segment ", title});
    case v1::Change::SEGMENT_LEFT:
      return Concat({"Left segment ", title});
    case v1::Change::TIER_CHANGED:
      return moved("Tier");
    case v1::Change::SCORE_CHANGED:
      return Concat({"Score: ", names.numbers.Of(change.from()), " → ", names.numbers.Of(change.to())});
    case v1::Change::EMAIL_STATUS_CHANGED:
      return moved("E-mail status");
    case v1::Change::TOPIC_CHANGED:
      return moved(Concat({"Topic ", change.name()}));
    case v1::Change::SENDABLE_CHANGED:
      return change.to() == "true" ? "Can be mailed" : "Cannot be mailed";
    case v1::Change::STAGE_CHANGED:
      return Concat({"Stage: ", LabelOf(change.from()), " → ", LabelOf(change.to())});
    default:
      return LabelOf(v1::Change::Kind_Name(change.kind()));
  }
}

// Names the icon of what the person did.
std::string_view EventIconOf(std::string_view type) {
  if (type == "page_visit") return "link";
  if (type == "unsubscribe" || type == "complaint" || type == "bounce") return "block";
  return type == "custom" ? "person" : "mail";
}

// Returns what the person did: `Opened`, `Visited pricing`; of a custom event its name, `Trial started`.
std::string WordsOfEvent(std::string_view type, std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"sent", "Was mailed"},
                                                                      {"delivered", "Got the mail"},
                                                                      {"open", "Opened"},
                                                                      {"click", "Clicked"},
                                                                      {"reply", "Replied"},
                                                                      {"bounce", "Bounced"},
                                                                      {"unsubscribe", "Unsubscribed"},
                                                                      {"resubscribe", "Subscribed again"},
                                                                      {"complaint", "Complained"},
                                                                      {"page_visit", "Visited"}};
  if (type == "custom" && !name.empty()) return LabelOf(name);
  if (type == "page_visit" && name.empty()) return "Visited a page";
  std::string words = LabelOf(type);
  for (const auto& [known, said] : kWords) {
    if (known == type) words = said;
  }
  return name.empty() ? words : Concat({words, " ", name});
}

Entry EventEntryOf(const v1::LeadEvent& event, const ActivityNames& names) {
  std::string text = WordsOfEvent(event.type(), event.name());
  if (!event.campaign_id().empty()) {
    AppendParts({", campaign ", names.declared->campaigns.NameOf(event.campaign_id())}, &text);
  }
  if (!event.topic().empty()) AppendParts({", topic ", event.topic()}, &text);
  if (event.has_bounce_kind()) AppendParts({", ", event.bounce_kind()}, &text);
  if (event.machine()) text += ", by a machine";
  if (event.retracted()) text += ", retracted";
  return {"did", EventIconOf(event.type()), std::move(text)};
}

// Names who did the work. The sentence begins with a capital if nobody is known.
Entry WorkOf(Entry entry, std::string_view actor) {
  entry.actor = actor;
  if (entry.kind == "work" && actor.empty()) entry.text = Capitalized(entry.text);
  return entry;
}

Entry EntryOf(const v1::TimelineEntry& entry, const ActivityNames& names) {
  switch (entry.content_case()) {
    case v1::TimelineEntry::kNote:
      return WorkOf({"note", "note", entry.note().text()}, entry.note().actor());
    case v1::TimelineEntry::kConsent:
      return WorkOf(ConsentEntryOf(entry.consent()), entry.consent().actor());
    case v1::TimelineEntry::kEdit:
      return WorkOf(EditEntryOf(entry.edit(), *names.declared), entry.edit().actor());
    case v1::TimelineEntry::kChange:
      return {"change", "pipeline",
              Concat({DescribeChange(entry.change().change(), names), ", ", BecauseOf(entry.change(), names)})};
    default:
      return EventEntryOf(entry.event(), names);
  }
}

// Returns the id by which the user may remove the note: its author may, and a manager. Empty otherwise, and of notes of
// earlier programs.
std::string_view RemovableId(const v1::LeadNote& note, const access::Principal& user) {
  const bool may_remove = note.actor() == user.who || user.role >= access::Role::kManager;
  return may_remove ? std::string_view(note.command_id()) : std::string_view();
}

PageData RowOf(const Entry& entry, Instant at, const ShownTimes& times) {
  PageData row = times.Of(at);
  row["text"] = times.ClockTextOf(at);  // the day is above
  row["kind"] = std::string(entry.kind);
  row["icon"] = std::string(entry.icon);
  row["is_note"] = entry.kind == "note";
  row["actor"] = TextData(entry.actor);
  row["sentence"] = entry.text;
  return row;
}

// Returns the days, each with its entries.
PageList DaysOf(const v1::Timeline& timeline, const ActivityNames& names, const ShownTimes& times,
                const access::Principal& user) {
  PageList days;
  PageList of_day;
  std::string title, full;
  const auto end_day = [&] {
    if (!of_day.empty()) days.push_back(PageRow{{"day", title}, {"full_day", full}, {"entries", of_day}});
    of_day.clear();
  };
  for (const v1::TimelineEntry& entry : timeline.entries()) {
    const Instant at = codec::GetTime(entry.has_at(), entry.at());
    const std::string day = Capitalized(times.TextOf(times.DayOf(at)));
    if (day != title) end_day();
    title = day;
    full = ShownTimes::FullTextOf(times.DayOf(at));
    PageData row = RowOf(EntryOf(entry, names), at, times);
    row["note_id"] = TextData(entry.has_note() ? RemovableId(entry.note(), user) : "");
    of_day.push_back(std::move(row));
  }
  end_day();
  return days;
}

// Describes events that have left the journal: `Open 3, Click 1`; empty if there are none.
std::string CountsOf(const v1::FoldedEvents& folded, const ShownNumbers& numbers) {
  std::vector<std::string> texts;
  for (const v1::FoldedEvents::Total& total : folded.totals()) {
    if (total.count() > 0) texts.push_back(Concat({LabelOf(total.type()), " ", numbers.Of(total.count())}));
  }
  return Join(texts, ", ");
}

}  // namespace

void AddActivity(const std::string& id, const v1::Timeline& timeline, const v1::Explanation& explanation,
                 const PageRequest& request, PageData* data) {
  ActivityNames names{request.parts->api->NamesFor(request.user), ShownNumbers::For(request)};
  for (const v1::Explanation::Segment& segment : explanation.segments())
    names.segments[segment.id()] = TitleOf(segment);
  for (const v1::TimelineEntry& entry : timeline.entries()) {
    if (entry.has_event()) names.events[entry.event().event_id()] = entry.event().type();
  }
  const ShownTimes times = ShownTimes::For(request);
  (*data)["days"] = DaysOf(timeline, names, times, request.user);
  const std::string& cursor = timeline.cursor();
  (*data)["older_query"] = TextData(cursor.empty() ? "" : QueryOf({{"lead", id}, {"cursor", cursor}}));
  const v1::FoldedEvents& folded = timeline.folded();
  (*data)["folded"] = TextData(cursor.empty() ? CountsOf(folded, names.numbers) : "");
  (*data)["folded_until"] = times.Of(codec::GetTime(folded.has_newest_at(), folded.newest_at()));
}

}  // namespace leadpulse::serve
