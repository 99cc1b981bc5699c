#include "processor/serve/pages/lead_activity.h"

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "config/declared_names.h"
#include "processor/base/text.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {
namespace {

// Names in the sentences, by id: titles of segments, lists and campaigns, and types of the page's events.
struct ActivityNames {
  std::shared_ptr<const config::TenantNames> declared;
  std::map<std::string_view, std::string_view> segments;
  std::map<std::string_view, std::string_view> events;
};

// An entry as it is shown. The kinds are those of the filter above the list.
struct Entry {
  std::string_view kind;  // `did`: by the person; `note`; `work`: by a colleague or a program; `change`: what followed
  std::string_view icon;
  std::string text;
  std::string actor = {};  // who noted or decided it; empty: unknown, or nobody
};

// Describes an edit of names: `changed tags: + vip, − cold`, `changed Company name, Phone (cleared)`.
std::string NamesSentenceOf(std::string_view kind, const Json& content, const config::TenantNames& declared) {
  const config::DeclaredNames none;
  const config::DeclaredNames& titles = kind == "lists"       ? declared.lists
                                        : kind == "campaigns" ? declared.campaigns
                                                              : none;
  std::vector<std::string> names;
  for (const Json& name : content["set"].elements()) names.push_back(LabelOf(name.text()));
  for (const Json& name : content["unset"].elements()) names.push_back(LabelOf(name.text()) + " (cleared)");
  for (const Json& name : content["added"].elements()) names.push_back(Concat({"+ ", titles.NameOf(name.text())}));
  for (const Json& name : content["removed"].elements()) names.push_back(Concat({"− ", titles.NameOf(name.text())}));
  return Concat({"changed ", kind == "attributes" ? "" : Concat({kind, ": "}), Join(names, ", ")});
}

// Describes an edit of attributes. A follow-up has words of its own.
std::string AttributesSentenceOf(const Json& content, const config::TenantNames& declared) {
  const auto has = [&content](const char* list, std::string_view wanted) {
    for (const Json& name : content[list].elements()) {
      if (name.text() == wanted) return true;
    }
    return false;
  };
  constexpr std::string_view kDay = "follow_up_on";
  if (has("set", kDay)) return "planned a follow-up";
  if (has("unset", kDay)) return "finished the follow-up";
  return NamesSentenceOf("attributes", content, declared);
}

// Describes the values that a command set, without its sender; nullopt for an event.
std::optional<Entry> CommandEntryOf(std::string_view kind, const Json& content, const config::TenantNames& declared) {
  const auto work = [](std::string_view icon, std::string text) { return Entry{"work", icon, std::move(text)}; };
  if (kind == "note") return Entry{"note", "note", std::string(content["text"].text())};
  if (kind == "stage") return work("move", "moved it to " + LabelOf(content["stage"].text()));
  if (kind == "doNotContact") {
    return work("block", content["value"].truth() ? "set do not contact" : "lifted do not contact");
  }
  if (kind == "agent") {
    const std::string_view agent = content["agentId"].text();
    return work("assign", agent.empty() ? "took it from its agent" : Concat({"assigned it to ", agent}));
  }
  if (kind == "qualification") {
    const std::string_view score = content["score"].text();
    return work("edit", score.empty() ? "cleared the qualification" : Concat({"set the qualification to ", score}));
  }
  if (kind == "attributes") return work("edit", AttributesSentenceOf(content, declared));
  if (kind == "tags" || kind == "lists" || kind == "campaigns") {
    const std::string_view icon = kind == "tags" ? "tag" : kind == "lists" ? "list" : "campaign";
    return work(icon, NamesSentenceOf(kind, content, declared));
  }
  if (kind != "consent") return std::nullopt;
  const std::string_view given = content["granted"].truth() ? " given" : " withdrawn";
  return work("check", Concat({"recorded: consent to ", content["purpose"].text(), given}));
}

std::string BecauseOf(const Json& change, const ActivityNames& names) {
  const Json& cause = change["cause"];
  const std::string_view kind = cause["kind"].text();
  if (kind == "TIME") return "by the passing of time";
  if (kind == "DEFINITIONS") return "by new definitions";
  if (kind == "COMMAND") {
    const std::string_view actor = change["actor"].text();
    return actor.empty() ? "by an edit" : Concat({"by ", actor});
  }
  const auto event = names.events.find(cause["id"].text());
  if (event == names.events.end()) return "because of an event";
  const std::string type = AsciiLower(LabelOf(event->second));
  return Concat({"because of ", type == "open" || type == "unsubscribe" ? "an " : "a ", type});
}

// Returns `first_name, tags`.
std::string NamesIn(const Json& list) {
  std::vector<std::string_view> names;
  for (const Json& name : list.elements()) names.push_back(name.text());
  return Join(names, ", ");
}

std::string DescribeChange(const Json& change, const ActivityNames& names) {
  const std::string_view kind = change["kind"].text(), name = change["name"].text();
  const auto moved = [&](std::string_view what) {
    return Concat({what, ": ", change["from"].text(), " → ", change["to"].text()});
  };
  const auto segment = names.segments.find(name);
  const std::string title = segment == names.segments.end() ? std::string(name) : std::string(segment->second);
  if (kind == "LEAD_CREATED") return "Created";
  if (kind == "LEAD_UPDATED") return "Changed: " + NamesIn(change["updated"]);
  if (kind == "LEAD_MERGED") return "Merged into another lead";
  if (kind == "SEGMENT_ENTERED") return "Entered segment " + title;
  if (kind == "SEGMENT_LEFT") return "Left segment " + title;
  if (kind == "TIER_CHANGED") return moved("Tier");
  if (kind == "SCORE_CHANGED") return moved("Score");
  if (kind == "EMAIL_STATUS_CHANGED") return moved("E-mail status");
  if (kind == "TOPIC_CHANGED") return moved(Concat({"Topic ", name}));
  if (kind == "SENDABLE_CHANGED") return change["to"].text() == "true" ? "Can be mailed" : "Cannot be mailed";
  if (kind != "STAGE_CHANGED") return LabelOf(kind);
  return Concat({"Stage: ", LabelOf(change["from"].text()), " → ", LabelOf(change["to"].text())});
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

Entry EventEntryOf(const Json& content, const ActivityNames& names) {
  std::string text = WordsOfEvent(content["type"].text(), content["name"].text());
  const std::string_view campaign = content["campaignId"].text();
  if (!campaign.empty()) AppendParts({", campaign ", names.declared->campaigns.NameOf(campaign)}, &text);
  if (!content["topic"].text().empty()) AppendParts({", topic ", content["topic"].text()}, &text);
  if (!content["bounceKind"].text().empty()) AppendParts({", ", content["bounceKind"].text()}, &text);
  if (content["machine"].truth()) text += ", by a machine";
  if (content["retracted"].truth()) text += ", retracted";
  return {"did", EventIconOf(content["type"].text()), std::move(text)};
}

Entry EntryOf(const Json& entry, const ActivityNames& names) {
  const std::string_view kind = entry["kind"].text();
  const Json& content = entry[kind];
  if (kind == "change") {
    return {"change", "pipeline", Concat({DescribeChange(content, names), ", ", BecauseOf(content, names)})};
  }
  auto command = CommandEntryOf(kind, content, *names.declared);
  if (!command) return EventEntryOf(content, names);
  command->actor = content["actor"].text();
  if (command->kind == "work" && command->actor.empty()) command->text = Capitalized(command->text);
  return *std::move(command);
}

PageData RowOf(const Entry& entry, const Json& at, const ShownTimes& times) {
  PageData row = times.Of(at);
  const std::optional<Instant> instant = ParseRfc3339(at.text());
  if (instant) row["text"] = times.ClockTextOf(*instant);  // the day is above
  row["kind"] = std::string(entry.kind);
  row["icon"] = std::string(entry.icon);
  row["is_note"] = entry.kind == "note";
  row["actor"] = TextData(entry.actor);
  row["sentence"] = entry.text;
  return row;
}

// Returns the days, each with its entries.
PageList DaysOf(const Json& entries, const ActivityNames& names, const ShownTimes& times) {
  PageList days;
  PageList of_day;
  std::string title, full;
  const auto end_day = [&] {
    if (!of_day.empty()) days.push_back(PageRow{{"day", title}, {"full_day", full}, {"entries", of_day}});
    of_day.clear();
  };
  for (const Json& entry : entries.elements()) {
    const std::optional<Instant> at = ParseRfc3339(entry["at"].text());
    const std::string day = at ? Capitalized(times.TextOf(times.DayOf(*at))) : "At an unknown time";
    if (day != title) end_day();
    title = day;
    full = at ? ShownTimes::FullTextOf(times.DayOf(*at)) : "";
    of_day.push_back(RowOf(EntryOf(entry, names), entry["at"], times));
  }
  end_day();
  return days;
}

// Describes events that have left the journal: `Open 3, Click 1`; empty if there are none.
std::string CountsOf(const Json& counts) {
  std::vector<std::string> texts;
  for (const auto& [type, count] : counts.members()) {
    if (count.text() != "0") texts.push_back(Concat({LabelOf(type), " ", count.text()}));
  }
  return Join(texts, ", ");
}

}  // namespace

void AddActivity(const std::string& id, const Json& timeline, const Json& explained, const PageRequest& request,
                 PageData* data) {
  ActivityNames names;
  names.declared = request.parts->api->NamesFor(request.user);
  for (const Json& segment : explained["segments"].elements()) names.segments[segment["id"].text()] = TitleOf(segment);
  for (const Json& entry : timeline["entries"].elements()) {
    names.events[entry["event"]["eventId"].text()] = entry["event"]["type"].text();
  }
  const ShownTimes times = ShownTimes::For(request);
  (*data)["days"] = DaysOf(timeline["entries"], names, times);
  const std::string cursor(timeline["cursor"].text());
  (*data)["older_query"] = TextData(cursor.empty() ? "" : QueryOf({{"lead", id}, {"cursor", cursor}}));
  const Json& folded = timeline["folded"];
  (*data)["folded"] = TextData(cursor.empty() ? CountsOf(folded["counts"]) : "");
  (*data)["folded_until"] = times.Of(folded["newestAt"]);
}

}  // namespace leadpulse::serve
